import * as assert from "assert/strict";
import { render } from "../helpers/helm";

describe("the chart's PersistentVolumeClaim", function () {
  this.timeout(60_000);

  it("is made only when persistence is enabled", async () => {
    assert.deepEqual((await render()).every("PersistentVolumeClaim"), []);
  });

  it("asks for a volume that every pod can mount, of the cluster's own class", async () => {
    const { metadata, spec } = (await render({ persistence: { enabled: true } })).one("PersistentVolumeClaim");
    assert.ok(!("annotations" in metadata!));
    assert.deepEqual(spec, { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } });
  });

  it("has the size, class, access modes and annotations that are set", async () => {
    const accessModes = ["ReadWriteOnce", "ReadOnlyMany"];
    const annotations = { "helm.sh/resource-policy": "keep" };
    const persistence = { enabled: true, size: "10Gi", storageClass: "fast-ssd", accessModes, annotations };
    const { metadata, spec } = (await render({ persistence })).one("PersistentVolumeClaim");
    assert.deepEqual(metadata?.annotations, annotations);
    assert.deepEqual(spec, {
      accessModes,
      storageClassName: "fast-ssd",
      resources: { requests: { storage: "10Gi" } },
    });
  });

  it("is mounted at mountPath in every pod", async () => {
    const manifests = await render({ persistence: { enabled: true, mountPath: "/models" } });
    const claimName = manifests.one("PersistentVolumeClaim").metadata?.name;
    assert.deepEqual(manifests.pod.volumes, [{ name: "data", persistentVolumeClaim: { claimName } }]);
    assert.deepEqual(manifests.container.volumeMounts, [{ name: "data", mountPath: "/models" }]);
  });

  it("is left out for existingClaim, which the pods mount then", async () => {
    const manifests = await render({ persistence: { enabled: true, existingClaim: "models" } });
    assert.deepEqual(manifests.every("PersistentVolumeClaim"), []);
    assert.deepEqual(manifests.pod.volumes, [{ name: "data", persistentVolumeClaim: { claimName: "models" } }]);
    assert.deepEqual(manifests.container.volumeMounts, [{ name: "data", mountPath: "/data" }]);
  });
});
