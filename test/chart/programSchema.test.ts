import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { manifestFaults } from "../../components/checks/manifestFaults";
import { projectFolder } from "../../tools/lib/paths";
import { render } from "../helpers/helm";
import { programSchema, programSchemaFile } from "./programSchema";
import { everySection } from "./sections";

describe(programSchemaFile, () => {
  it('is what "npm run generate" makes of the pinned Kubernetes', async () => {
    assert.equal(fs.readFileSync(path.join(projectFolder, programSchemaFile), "utf8"), await programSchema());
  }).timeout(60_000);

  it("holds every kind that the chart renders", async () => {
    for (const manifest of (await render(everySection)).all) {
      assert.deepEqual(manifestFaults(manifest), []);
      const unknownField = manifestFaults({ ...manifest, metdata: {} });
      assert.deepEqual(unknownField, [{ path: "metdata", problem: "is no field of this kind" }], manifest.kind);
    }
  });
});
