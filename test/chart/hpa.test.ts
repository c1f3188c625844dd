import * as assert from "assert/strict";
import { render } from "../helpers/helm";

const utilization = (name: string, averageUtilization: number) => ({
  type: "Resource",
  resource: { name, target: { type: "Utilization", averageUtilization } },
});

describe("the chart's HorizontalPodAutoscaler", function () {
  this.timeout(60_000);

  it("is made only when autoscaling is enabled", async () => {
    assert.deepEqual((await render()).every("HorizontalPodAutoscaler"), []);
  });

  it("scales the Deployment by CPU and by memory", async () => {
    const manifests = await render({ autoscaling: { enabled: true } });
    const { apiVersion, spec } = manifests.one("HorizontalPodAutoscaler");
    assert.equal(apiVersion, "autoscaling/v2");
    assert.deepEqual(spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: manifests.one("Deployment").metadata?.name },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [utilization("cpu", 70), utilization("memory", 80)],
    });
  });

  it("keeps to the bounds and targets that are set", async () => {
    const autoscaling = {
      enabled: true,
      minReplicas: 3,
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 55,
      targetMemoryUtilizationPercentage: 150,
    };
    const { spec } = (await render({ autoscaling })).one("HorizontalPodAutoscaler");
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [3, 3]);
    assert.deepEqual(spec?.metrics, [utilization("cpu", 55), utilization("memory", 150)]);
  });

  it("scales up and down as fast as behavior says", async () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } };
    const { spec } = (await render({ autoscaling: { enabled: true, behavior } })).one("HorizontalPodAutoscaler");
    assert.deepEqual(spec?.behavior, behavior);
  });

  for (const [key, left] of [
    ["targetCPUUtilizationPercentage", utilization("memory", 80)],
    ["targetMemoryUtilizationPercentage", utilization("cpu", 70)],
  ] as const) {
    it(`looks at the other metric alone when ${key} is 0`, async () => {
      const { spec } = (await render({ autoscaling: { enabled: true, [key]: 0 } })).one("HorizontalPodAutoscaler");
      assert.deepEqual(spec?.metrics, [left]);
    });
  }
});
