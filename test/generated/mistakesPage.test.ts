import * as path from "path";
import { markdownTable, pageText } from "../../tools/lib/markdown";
import { projectFolder } from "../../tools/lib/paths";
import { assertGenerated } from "../helpers/generated";
import { mistakes } from "../helpers/mistakes";

const page = path.join(projectFolder, "docs/mistakes.md");

describe("docs/mistakes.md", () => {
  it("has the table of all mistakes between its markers", async () => {
    const header = ["mistake", "the naive program", "`pulumi preview` here"];
    const rows = mistakes.map(({ title, naive, now }) => [title, naive, inlineCode(now)]);
    assertGenerated(page, await pageText(page, { mistakes: () => markdownTable([header, ...rows]) }));
  });
});

function inlineCode(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}
