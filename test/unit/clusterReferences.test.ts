import assert from "node:assert/strict";
import { referencesOf } from "../../components/checks/clusterReferences";
import { Manifest } from "../../components/checks/manifestFaults";

function manifest(kind: string, spec: object, apiVersion = "v1"): Manifest {
  return { apiVersion, kind, metadata: { name: "shop", namespace: "store" }, spec };
}

/** What the manifests name: kind, name, and the field. */
function found(...manifests: Manifest[]): string[] {
  return referencesOf(manifests).map(({ kind, name, from }) => `${kind} ${name ?? "by default"} <- ${from}`);
}

describe("What the manifests of a stack need in the cluster", () => {
  it("is every class, in a CronJob's pods, too", () => {
    const pod = { priorityClassName: "high", runtimeClassName: "gvisor", containers: [] };
    const cronJob = manifest("CronJob", { jobTemplate: { spec: { template: { spec: pod } } } }, "batch/v1");
    assert.deepEqual(found(manifest("Ingress", { ingressClassName: "nginx" }), cronJob), [
      "IngressClass nginx <- Ingress shop: spec.ingressClassName",
      "PriorityClass high <- CronJob shop: spec.jobTemplate.spec.template.spec.priorityClassName",
      "RuntimeClass gvisor <- CronJob shop: spec.jobTemplate.spec.template.spec.runtimeClassName",
    ]);
  });

  it("is the storage class of a claim, or the default one, unless the claim wants none", () => {
    const claim = { accessModes: ["ReadWriteOnce"] };
    assert.deepEqual(
      found(
        manifest("StatefulSet", { volumeClaimTemplates: [{ spec: { ...claim, storageClassName: "fast" } }] }),
        manifest("PersistentVolumeClaim", claim),
        manifest("PersistentVolumeClaim", { ...claim, storageClassName: "" }),
        manifest("PersistentVolumeClaim", { ...claim, volumeName: "mine" }),
      ),
      [
        "StorageClass fast <- StatefulSet shop: spec.volumeClaimTemplates[0].spec.storageClassName",
        "StorageClass by default <- PersistentVolumeClaim shop: spec.storageClassName",
      ],
    );
  });

  it("is every object that a pod cannot start without", () => {
    const pod = {
      serviceAccountName: "robot",
      imagePullSecrets: [{ name: "login" }],
      containers: [
        {
          env: [
            { name: "A", valueFrom: { secretKeyRef: { name: "keys", key: "a" } } },
            { name: "B", valueFrom: { configMapKeyRef: { name: "flags", key: "b", optional: true } } },
          ],
          envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "more" } }],
        },
      ],
      volumes: [
        { name: "tls", secret: { secretName: "tls" } },
        { name: "conf", projected: { sources: [{ configMap: { name: "conf" } }, { secret: { name: "projected" } }] } },
        { name: "data", persistentVolumeClaim: { claimName: "data" } },
      ],
    };
    assert.deepEqual(
      found(manifest("Pod", pod)).map((line) => line.split(" <- ")[0]),
      [
        "ServiceAccount robot",
        "Secret login",
        "Secret keys",
        "ConfigMap settings",
        "Secret more",
        "Secret tls",
        "ConfigMap conf",
        "Secret projected",
        "PersistentVolumeClaim data",
      ],
    );
  });

  it("is every key that a variable or a volume takes", () => {
    const pod = {
      containers: [{ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "keys", key: "a" } } }] }],
      volumes: [
        { name: "ca", secret: { secretName: "ca", items: [{ key: "ca.crt", path: "root.crt" }] } },
        { name: "conf", configMap: { name: "conf" } },
      ],
    };
    assert.deepEqual(
      referencesOf([manifest("Pod", pod)]).map(({ name, keys }) => [name, keys]),
      [
        ["keys", ["a"]],
        ["ca", ["ca.crt"]],
        ["conf", undefined],
      ],
    );
  });

  it("is nothing that the stack creates, itself or by a custom resource", () => {
    const pod = manifest("Pod", { envFrom: [{ secretRef: { name: "shop" } }, { secretRef: { name: "external" } }] });
    const external = manifest("ExternalSecret", { target: { name: "external" } }, "external-secrets.io/v1");
    assert.deepEqual(found(pod, manifest("Secret", {}), external), []);
  });

  it("is not what a ConfigMap happens to hold", () => {
    const data = { storageClassName: "fast", serviceAccountName: "robot" };
    assert.deepEqual(found({ ...manifest("ConfigMap", {}), data }), []);
  });

  it("is not the ServiceAccount that every namespace has", () => {
    assert.deepEqual(found(manifest("Pod", { serviceAccountName: "default" })), []);
  });
});
