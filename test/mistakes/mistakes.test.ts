import * as assert from "assert/strict";
import { previewWithMocks } from "../helpers/mistakePreview";
import { mistakes } from "../helpers/mistakes";
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
});
