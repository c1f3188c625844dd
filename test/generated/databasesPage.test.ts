import * as path from "path";
import { ownedValues } from "../../components/config/ownedValues";
import { markdownTable, pageText } from "../../tools/lib/markdown";
import { projectFolder } from "../../tools/lib/paths";
import { assertGenerated } from "../helpers/generated";

const page = path.join(projectFolder, "docs/databases.md");

describe("docs/databases.md", () => {
  // After `<!-- owned CHART -->`, a table of the values of that chart that the program owns.
  it("has the values that the program owns between its markers", async () => {
    const text = await pageText(page, {
      owned: (chart) => markdownTable([["values", "why, or what to set"], ...rows(ownedValues[chart as "redis"])]),
    });
    assertGenerated(page, text);
  });
});

/** A row for each reason, with all values for which it is the reason. */
function rows(owned: Record<string, string>): string[][] {
  return [...new Set(Object.values(owned))].map((reason) => {
    const paths = Object.keys(owned).filter((path) => owned[path] === reason);
    return [paths.map((path) => `\`${path}\``).join(", "), reason];
  });
}
