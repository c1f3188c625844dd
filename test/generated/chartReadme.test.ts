import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { assertGenerated } from "../helpers/generated";
import { appChart, inTemporaryFolder } from "../helpers/helm";

describe("chart/README.md", () => {
  it("has each value of values.yaml once in its tables", async () => {
    await inTemporaryFolder(async (folder) => {
      const readme = path.join(appChart, "README.md");
      const copy = path.join(folder, "README.md");
      fs.copyFileSync(readme, copy);
      // It fails when a value has no comment, or a comment no value.
      await execa("readme-generator", ["-v", path.join(appChart, "values.yaml"), "-r", copy], { preferLocal: true });
      assertGenerated(readme, fs.readFileSync(copy, "utf8"));
    });
  });
});
