import * as assert from "assert/strict";
import { manifestFaults } from "../../components/checks/manifestFaults";
import { render } from "../helpers/helm";
import { everySection } from "./sections";

describe("components/checks/kubernetes.generated.json", function () {
  this.timeout(60_000);

  it("holds every kind that the chart renders", async () => {
    for (const manifest of (await render(everySection)).all) {
      assert.deepEqual(manifestFaults(manifest), []);
      const [{ path: unknownField }] = manifestFaults({ ...manifest, metdata: {} });
      assert.equal(unknownField, "metdata", manifest.kind);
    }
  });
});
