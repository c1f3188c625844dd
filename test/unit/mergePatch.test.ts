import * as assert from "assert/strict";
import { mergePatch } from "../../components/checks/mergePatch";
import { Manifest } from "../../components/checks/manifestFaults";

function manifest(spec: object, kind = "PodDisruptionBudget"): Manifest {
  return { apiVersion: "v1", kind, metadata: { name: "shop" }, spec };
}

describe("What Helm changes in an object", () => {
  it("is everything in the manifest, and what the manifest no longer has", () => {
    const patch = mergePatch(
      manifest({ maxUnavailable: 1, selector: { matchLabels: { app: "shop" } } }),
      manifest({ minAvailable: 2, selector: { matchLabels: { app: "shop", tier: "web" } } }),
      manifest({ minAvailable: 2, byOthers: true }),
    );
    assert.deepEqual(
      patch,
      manifest({ minAvailable: null, maxUnavailable: 1, selector: { matchLabels: { tier: null, app: "shop" } } }),
    );
  });

  it("replaces lists", () => {
    const patch = mergePatch(manifest({ list: [{ a: 1 }] }), manifest({ list: [{ a: 1, b: 2 }] }), manifest({}));
    assert.deepEqual(patch, manifest({ list: [{ a: 1 }] }));
  });

  it("replaces the strategy of a Deployment, with its defaults in the cluster", () => {
    const patch = mergePatch(
      manifest({ strategy: { type: "Recreate" } }, "Deployment"),
      manifest({}, "Deployment"),
      manifest({ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%" } } }, "Deployment"),
    );
    assert.deepEqual(patch, manifest({ strategy: { rollingUpdate: null, type: "Recreate" } }, "Deployment"));
  });

  it("is the whole manifest if Helm did not deploy the object", () => {
    assert.deepEqual(mergePatch(manifest({ a: 1 }), undefined, manifest({ b: 1 })), manifest({ a: 1 }));
  });
});
