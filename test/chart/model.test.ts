import * as assert from "assert/strict";
import { render, Values } from "../helpers/helm";

const withVolume = (volume: Values, more: Values = {}) => ({ mlModel: { enabled: true, volume, ...more } });

describe("the model's volume", function () {
  this.timeout(60_000);

  for (const [title, values] of [
    ["while the model is in the image", { mlModel: { enabled: true } }],
    ["while mlModel is off, whatever its type", { mlModel: { volume: { type: "claim" } } }],
  ] as const) {
    it(`does not exist ${title}`, async () => {
      const { pod, container } = await render(values);
      assert.ok(!("volumes" in pod) && !("volumeMounts" in container) && !("initContainers" in pod));
    });
  }

  const sources: { title: string; volume: Values; source: object }[] = [
    { title: "an empty folder", volume: { type: "emptyDir" }, source: { emptyDir: {} } },
    {
      title: "a claim that the chart creates",
      volume: { type: "claim" },
      source: { persistentVolumeClaim: { claimName: "shop-flask-app-model" } },
    },
    {
      title: "an existing claim",
      volume: { type: "existingClaim", existingClaim: "models-2026" },
      source: { persistentVolumeClaim: { claimName: "models-2026" } },
    },
  ];
  for (const { title, volume, source } of sources) {
    it(`is ${title}, mounted read-only at the folder of modelPath`, async () => {
      const { pod, container } = await render(withVolume(volume, { modelPath: "/srv/models/churn.onnx" }));
      assert.deepEqual(pod.volumes, [{ name: "model", ...source }]);
      assert.deepEqual(container.volumeMounts, [{ name: "model", mountPath: "/srv/models", readOnly: true }]);
    });
  }

  it("is filled first by a container with the app's environment and security context", async () => {
    const fetch = { enabled: true, command: ["sh", "-c", "get > $MODEL_PATH"] };
    const { pod, container } = await render({
      ...withVolume({ type: "emptyDir" }, { fetch }),
      hardened: true,
      extraEnv: [{ name: "MODEL_BUCKET", value: "s3://{{ .Release.Name }}" }],
      initContainers: [{ name: "warm-up", image: "warm:1" }],
    });
    const [first, second] = pod.initContainers!;
    assert.deepEqual([first.name, second.name], ["fetch-model", "warm-up"]);
    assert.deepEqual(first.volumeMounts, [{ name: "model", mountPath: "/models" }]);
    for (const field of ["env", "envFrom", "resources", "securityContext"] as const) {
      assert.deepEqual(first[field], container[field], field);
    }
  });
});
