import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { projectFolder } from "../../tools/lib/paths";
import { Project } from "../helpers/project";
import { mistakes } from "./mistakes";
import { previewWithMocks } from "../helpers/mistakePreview";
import { pageWithTable } from "./table";

describe("a preview of what people get wrong", function () {
  this.timeout(30_000);
  const project = Project.copy();
  after(() => project.remove());

  for (const mistake of mistakes) {
    it(`tells of ${mistake.title}`, async () => {
      const said = await previewWithMocks(project, mistake);
      assert.ok(mistake.now !== "" && said?.includes(mistake.now), said);
    });
  }

  it("finds nothing where there is no mistake", async () => {
    for (const stack of ["dev", "production"]) {
      assert.equal(await previewWithMocks(project, { title: "none", stack, naive: "", now: "" }), undefined);
    }
  });

  it("is in the table of docs/mistakes.md, as `npm run generate` makes it", async () => {
    const page = path.join(projectFolder, "docs/mistakes.md");
    assert.equal(fs.readFileSync(page, "utf8"), await pageWithTable());
  });
});
