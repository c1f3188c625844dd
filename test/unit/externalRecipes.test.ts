import assert from "node:assert/strict";
import { app, refusal } from "../helpers/preview";
import { yamlBlocks } from "../helpers/yamlBlocks";

describe("docs/external-databases.md", function () {
  this.timeout(30_000);
  const stackFiles = yamlBlocks("docs/external-databases.md").filter((block) =>
    Object.keys(block).some((key) => key.startsWith("flask-app:")),
  );

  it("has a stack file for each recipe", () => {
    assert.equal(stackFiles.length, 5);
  });

  for (const [index, block] of stackFiles.entries()) {
    it(`has stack file ${index + 1}, which production may use as it is`, async () => {
      const { "flask-app:app": values, ...databases } = block;
      const lines = await refusal((config) => {
        Object.assign(config, databases);
        app(values ?? {})(config);
      });
      assert.deepEqual(lines, []);
    });
  }
});
