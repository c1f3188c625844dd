import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { manifestFaults } from "../../components/checks/manifestFaults";
import { manifestSchemas, manifestSchemasFile } from "../../tools/generate/manifestSchemas";
import { projectFolder } from "../../tools/lib/paths";
import { render } from "../helpers/helm";
import { everySection } from "./sections";

describe(manifestSchemasFile, function () {
  this.timeout(60_000);

  it("is what `npm run generate` writes for the pinned Kubernetes", async () => {
    assert.equal(fs.readFileSync(path.join(projectFolder, manifestSchemasFile), "utf8"), await manifestSchemas());
  });

  it("holds every kind that the chart renders", async () => {
    for (const manifest of (await render(everySection)).all) {
      assert.deepEqual(manifestFaults(manifest), []);
      const [{ path: unknownField }] = manifestFaults({ ...manifest, metdata: {} });
      assert.equal(unknownField, "metdata", manifest.kind);
    }
  });
});
