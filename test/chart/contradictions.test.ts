import * as assert from "assert/strict";
import { render, renderError, Values } from "../helpers/helm";

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
      title: "one ReadWriteOnce claim for the model of two replicas",
      values: { mlModel: { enabled: true, volume: { type: "claim", accessModes: ["ReadWriteOnce"] } } },
      message: ["mlModel.volume.accessModes [ReadWriteOnce]", "replicaCount is 2"],
    },
    {
      title: "a mount of a volume that there is not",
      values: {
        extraVolumes: [{ name: "{{ .Release.Name }}-cache", emptyDir: {} }],
        extraVolumeMounts: [
          { name: "{{ .Release.Name }}-cache", mountPath: "/cache" },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
      message: ['extraVolumeMounts mounts the volume "tmp", which is not in extraVolumes: add it there'],
    },
    {
      title: "an autoscaler that looks at nothing",
      values: {
        autoscaling: { enabled: true, targetCPUUtilizationPercentage: 0, targetMemoryUtilizationPercentage: 0 },
      },
      message: ["set autoscaling.targetCPUUtilizationPercentage or autoscaling.targetMemoryUtilizationPercentage"],
    },
    {
      title: "a disruption budget of all pods",
      values: { podDisruptionBudget: { enabled: true, minAvailable: 2 } },
      message: ["podDisruptionBudget.minAvailable 2 of 2 pods lets no node be drained"],
    },
    {
      title: "a disruption budget of a percentage that is rounded up to all pods",
      values: { replicaCount: 3, podDisruptionBudget: { enabled: true, minAvailable: "67%" } },
      message: ["podDisruptionBudget.minAvailable 67% of 3 pods lets no node be drained"],
    },
    {
      title: "a request above its limit, in other units",
      values: { resources: { limits: { memory: "1G", cpu: 0.05 }, requests: { memory: "1Gi" } } },
      message: [
        "resources.requests.cpu is 100m and resources.limits.cpu is 0.05: set the request to at most the limit",
        "resources.requests.memory is 1Gi and resources.limits.memory is 1G: set the request to at most the limit",
      ],
    },
    {
      title: "a request where the limit is 0",
      values: { resources: { limits: { cpu: 0 } } },
      message: ["resources.requests.cpu is 100m and resources.limits.cpu is 0:"],
    },
    {
      title: "two volumes in one folder",
      values: {
        persistence: { enabled: true, mountPath: "/models/" },
        mlModel: { enabled: true, volume: { type: "emptyDir" } },
      },
      message: [
        "persistence.mountPath and the folder of mlModel.modelPath are both /models: set one of them to another folder",
      ],
    },
    {
      title: "a model from a claim without its name",
      values: { mlModel: { enabled: true, volume: { type: "existingClaim" } } },
      message: ["set mlModel.volume.existingClaim to its name"],
    },
    {
      title: "a model that is fetched to nowhere, by nothing",
      values: { mlModel: { enabled: true, fetch: { enabled: true } } },
      message: [
        'mlModel.volume.type is "": set it to emptyDir or claim',
        "mlModel.fetch.enabled needs mlModel.fetch.command",
      ],
    },
    {
      title: "a migration without a command",
      values: { migration: { enabled: true } },
      message: ["migration.enabled needs migration.command or migration.args"],
    },
    {
      title: "draining for longer than a pod has to end",
      values: { drainSeconds: 30 },
      message: ["drainSeconds is 30 and terminationGracePeriodSeconds is 30: set drainSeconds to less"],
    },
    {
      title: "a rolling update that may neither add nor remove a pod",
      values: { strategy: { rollingUpdate: { maxUnavailable: "0%", maxSurge: 0 } } },
      message: ["strategy.rollingUpdate has maxUnavailable 0 and maxSurge 0"],
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
      title: "a request that is its limit, in other units",
      values: { resources: { limits: { memory: "1Gi", cpu: 1 }, requests: { memory: "1024Mi", cpu: "1000m" } } },
    },
    {
      title: "a request of a resource that has no limit",
      values: { resources: { requests: { "ephemeral-storage": "1Gi" } } },
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
