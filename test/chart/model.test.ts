import * as assert from "assert/strict";
import { render, Values } from "../helpers/helm";

const withVolume = (volume: Values, more: Values = {}) => ({ mlModel: { enabled: true, volume, ...more } });

describe("the model's volume", function () {
  this.timeout(60_000);

  it("is not there while the model is in the image", async () => {
    const { pod, container } = await render({ mlModel: { enabled: true } });
    assert.ok(!("volumes" in pod) && !("volumeMounts" in container) && !("initContainers" in pod));
  });

  it("is not there while mlModel is off, whatever its type", async () => {
    const manifests = await render({ mlModel: { volume: { type: "claim" } } });
    assert.ok(!("volumes" in manifests.pod));
    assert.deepEqual(manifests.every("PersistentVolumeClaim"), []);
  });

  const sources: { title: string; volume: Values; source: object }[] = [
    { title: "an empty folder", volume: { type: "emptyDir" }, source: { emptyDir: {} } },
    {
      title: "a claim of the chart's own",
      volume: { type: "claim" },
      source: { persistentVolumeClaim: { claimName: "shop-flask-app-model" } },
    },
    {
      title: "a claim that exists",
      volume: { type: "existingClaim", existingClaim: "models-2026" },
      source: { persistentVolumeClaim: { claimName: "models-2026" } },
    },
  ];
  for (const { title, volume, source } of sources) {
    it(`is ${title}, which the app sees read only in the folder of modelPath`, async () => {
      const { pod, container } = await render(withVolume(volume, { modelPath: "/srv/models/churn.onnx" }));
      assert.deepEqual(pod.volumes, [{ name: "model", ...source }]);
      assert.deepEqual(container.volumeMounts, [{ name: "model", mountPath: "/srv/models", readOnly: true }]);
    });
  }

  it("is claimed by the size, class and access modes that are set", async () => {
    const volume = { type: "claim", size: "40Gi", storageClass: "nfs", accessModes: ["ReadOnlyMany"] };
    const claim = (await render(withVolume(volume))).one("PersistentVolumeClaim");
    assert.equal(claim.metadata?.name, "shop-flask-app-model");
    assert.deepEqual(claim.spec, {
      accessModes: ["ReadOnlyMany"],
      storageClassName: "nfs",
      resources: { requests: { storage: "40Gi" } },
    });
  });

  it("stands beside the data volume and the extra ones", async () => {
    const { pod, container } = await render({
      ...withVolume({ type: "emptyDir" }),
      persistence: { enabled: true },
      extraVolumes: [{ name: "tmp", emptyDir: {} }],
      extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    });
    assert.deepEqual(
      pod.volumes?.map(({ name }) => name),
      ["data", "model", "tmp"],
    );
    assert.deepEqual(
      container.volumeMounts?.map(({ name }) => name),
      ["data", "model", "tmp"],
    );
  });

  it("is filled before the app starts by a container with the app's environment and security context", async () => {
    const { pod, container } = await render({
      ...withVolume(
        { type: "emptyDir" },
        { fetch: { enabled: true, image: "fetch:1", command: ["sh", "-c", "get > $MODEL_PATH"] } },
      ),
      extraEnv: [{ name: "MODEL_BUCKET", value: "s3://{{ .Release.Name }}" }],
      initContainers: [{ name: "warm-up", image: "warm:1" }],
    });
    const [fetch, next] = pod.initContainers!;
    assert.equal(next.name, "warm-up");
    assert.deepEqual(
      [fetch.name, fetch.image, fetch.command],
      ["fetch-model", "fetch:1", ["sh", "-c", "get > $MODEL_PATH"]],
    );
    assert.deepEqual(fetch.volumeMounts, [{ name: "model", mountPath: "/models" }]);
    assert.deepEqual([fetch.env, fetch.envFrom], [container.env, container.envFrom]);
    assert.deepEqual(fetch.env, [{ name: "MODEL_BUCKET", value: "s3://shop" }]);
    assert.deepEqual(fetch.securityContext, container.securityContext);
  });

  it("counts predictions in whole numbers, also large ones", async () => {
    const manifests = await render({ mlModel: { enabled: true, batchSize: 1000000 } });
    assert.equal(manifests.one("ConfigMap").data?.BATCH_SIZE, "1000000");
  });
});
