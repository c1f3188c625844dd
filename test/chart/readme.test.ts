import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { appChart, inTemporaryFolder } from "./helm";

describe("the tables in the chart's README", function () {
  this.timeout(60_000);

  it('are what "npm run generate" makes of the comments in values.yaml, each value in them once', async () => {
    await inTemporaryFolder(async (folder) => {
      const readme = path.join(appChart, "README.md");
      const copy = path.join(folder, "README.md");
      fs.copyFileSync(readme, copy);
      // It fails when a value has no comment, or a comment no value.
      await execa("readme-generator", ["-v", path.join(appChart, "values.yaml"), "-r", copy], { preferLocal: true });
      assert.equal(fs.readFileSync(readme, "utf8"), fs.readFileSync(copy, "utf8"));
    });
  });
});
