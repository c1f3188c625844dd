import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { mistakes, mistakesPage } from "../../tools/generate/mistakes";
import { projectFolder } from "../../tools/lib/paths";
import { previewWithMocks } from "../helpers/mistakePreview";
import { Project } from "../helpers/project";

describe("A preview of a common mistake", function () {
  this.timeout(30_000);
  const project = Project.copy();
  after(() => project.remove());

  for (const mistake of mistakes) {
    it(`reports ${mistake.title}`, async () => {
      const output = await previewWithMocks(project, mistake);
      assert.ok(mistake.now !== "" && output?.includes(mistake.now), output);
    });
  }

  it("reports nothing if there is no mistake", async () => {
    for (const stack of ["dev", "production"]) {
      assert.equal(await previewWithMocks(project, { title: "none", stack, naive: "", now: "" }), undefined);
    }
  });

  it("is in the table of docs/mistakes.md, which `npm run generate` writes", async () => {
    const page = fs.readFileSync(path.join(projectFolder, "docs/mistakes.md"), "utf8");
    assert.equal(page, await mistakesPage());
  });
});
