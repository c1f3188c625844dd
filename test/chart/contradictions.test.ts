import * as assert from "assert/strict";
import { render, renderError, Values } from "./helm";

const readWriteOnce = { enabled: true, accessModes: ["ReadWriteOnce"] };

describe("values that contradict each other", function () {
  this.timeout(60_000);

  const refused: { title: string; values: Values; message: string[] }[] = [
    {
      title: "one ReadWriteOnce claim for the default two replicas",
      values: { persistence: readWriteOnce },
      message: [
        "persistence.accessModes [ReadWriteOnce] is one volume for one node, but replicaCount is 2: " +
          "set persistence.accessModes to [ReadWriteMany], or replicaCount to 1",
      ],
    },
    {
      title: "one ReadWriteOncePod claim for three replicas",
      values: { replicaCount: 3, persistence: { enabled: true, accessModes: ["ReadWriteOncePod"] } },
      message: ["persistence.accessModes [ReadWriteOncePod]", "replicaCount is 3", "replicaCount to 1"],
    },
    {
      title: "one ReadWriteOnce claim for what autoscaling may add",
      values: { replicaCount: 1, persistence: readWriteOnce, autoscaling: { enabled: true } },
      message: [
        "persistence.accessModes [ReadWriteOnce] is one volume for one node, but autoscaling.maxReplicas is 10: " +
          "set persistence.accessModes to [ReadWriteMany], or autoscaling.maxReplicas to 1",
      ],
    },
    {
      title: "more replicas at the least than at the most",
      values: { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } },
      message: [
        "autoscaling.minReplicas is 5 and autoscaling.maxReplicas is 3: set minReplicas to at most maxReplicas",
      ],
    },
    {
      title: "two contradictions at once, each with what to set,",
      values: { persistence: readWriteOnce, autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } },
      message: [
        "- persistence.accessModes [ReadWriteOnce] is one volume for one node, but autoscaling.maxReplicas is 3: " +
          "set persistence.accessModes to [ReadWriteMany], or autoscaling.maxReplicas to 1\n" +
          "- autoscaling.minReplicas is 5 and autoscaling.maxReplicas is 3: set minReplicas to at most maxReplicas\n",
      ],
    },
  ];
  for (const { title, values, message } of refused) {
    it(`are refused: ${title}`, async () => {
      const error = await renderError(values);
      for (const part of ["these values contradict each other:", ...message]) {
        assert.ok(error.includes(part), error);
      }
    });
  }

  const accepted: { title: string; values: Values }[] = [
    { title: "a ReadWriteOnce claim for one replica", values: { replicaCount: 1, persistence: readWriteOnce } },
    {
      title: "a ReadWriteOnce claim for an autoscaler that stays at one",
      values: { persistence: readWriteOnce, autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 1 } },
    },
    {
      title: "a claim of every mode for many replicas",
      values: { replicaCount: 5, persistence: { enabled: true, accessModes: ["ReadWriteOnce", "ReadWriteMany"] } },
    },
    {
      title: "a ReadOnlyMany claim for many replicas",
      values: { replicaCount: 5, persistence: { enabled: true, accessModes: ["ReadOnlyMany"] } },
    },
    {
      title: "a claim that exists, whose modes the chart does not know",
      values: { replicaCount: 5, persistence: { ...readWriteOnce, existingClaim: "models" } },
    },
    {
      title: "a ReadWriteOnce claim that is not enabled",
      values: { persistence: { ...readWriteOnce, enabled: false } },
    },
    {
      title: "bounds the wrong way round of an autoscaler that is not enabled",
      values: { autoscaling: { minReplicas: 5, maxReplicas: 3 } },
    },
  ];
  for (const { title, values } of accepted) {
    it(`do not include ${title}`, async () => {
      await render(values);
    });
  }
});
