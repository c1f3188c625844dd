import * as assert from "assert/strict";
import { render } from "../helpers/helm";

describe("the chart's PodDisruptionBudget", function () {
  this.timeout(60_000);

  it("is made only when it is enabled", async () => {
    assert.deepEqual((await render()).every("PodDisruptionBudget"), []);
  });

  it("keeps one of the app's pods running while nodes are drained", async () => {
    const manifests = await render({ podDisruptionBudget: { enabled: true } });
    const { apiVersion, spec } = manifests.one("PodDisruptionBudget");
    assert.equal(apiVersion, "policy/v1");
    assert.deepEqual(spec, { minAvailable: 1, selector: manifests.one("Deployment").spec?.selector });
  });

  for (const minAvailable of [0, 2, "50%", "0%", "66%"]) {
    it(`keeps ${minAvailable} of them when minAvailable says so`, async () => {
      const manifests = await render({ replicaCount: 3, podDisruptionBudget: { enabled: true, minAvailable } });
      assert.equal(manifests.one("PodDisruptionBudget").spec?.minAvailable, minAvailable);
    });
  }
});
