import * as assert from "assert/strict";
import { render, renderError, Values } from "../helpers/helm";

const readWriteOnce = { enabled: true, accessModes: ["ReadWriteOnce"] };

describe("values that contradict each other", function () {
  this.timeout(60_000);

  const refused: { title: string; values: Values; faults: string[] }[] = [
    {
      title: "one replica with a ReadWriteOnce claim, whose successor starts first",
      values: { replicaCount: 1, persistence: readWriteOnce },
      faults: [
        'strategy.type: found "RollingUpdate", but persistence.accessModes is ["ReadWriteOnce"]: a new pod may wait for ' +
          'ever for the volume of the old one; set strategy.type to Recreate, or persistence.accessModes to ["ReadWriteMany"]',
      ],
    },
    {
      title: "volumes at /tmp, at one path and at /",
      values: {
        hardened: true,
        mlModel: { enabled: true, modelPath: "/tmp/model.pkl", volume: { type: "emptyDir" } },
        persistence: { enabled: true, mountPath: "/cache/" },
        extraVolumes: [{ name: "cache", emptyDir: {} }],
        extraVolumeMounts: ["/cache", "/"].map((mountPath) => ({ name: "cache", mountPath })),
      },
      faults: [
        'extraVolumeMounts[1].mountPath: found "/", accepted: a folder of its own, because a volume at / hides all files of the image',
        'mlModel.modelPath: found "/tmp/model.pkl", but hardened mounts a volume at /tmp, too; choose another folder',
        'persistence.mountPath: found "/cache/", but extraVolumeMounts[0].mountPath mounts a volume at /cache, too; choose another folder',
      ],
    },
    {
      title: "a load balancer that the network policy closes",
      values: { service: { type: "LoadBalancer" }, networkPolicy: { enabled: true } },
      faults: [
        "networkPolicy.ingressFrom: has no ipBlock, but service.type is LoadBalancer, and the policy refuses callers outside " +
          "the cluster; add their networks, such as {ipBlock: {cidr: 0.0.0.0/0}} for all",
      ],
    },
    {
      title: "GPUs whose request is not their limit",
      values: {
        resources: { limits: { "nvidia.com/gpu": 2 }, requests: { "nvidia.com/gpu": 1, "example.com/fpga": 1 } },
      },
      faults: [
        "resources.requests.example.com/fpga: found 1, accepted: the same as resources.limits.example.com/fpga, which is missing",
        "resources.requests.nvidia.com/gpu: found 1, accepted: the same as resources.limits.nvidia.com/gpu, which is 2",
      ],
    },
    {
      title: "one ReadWriteOnce claim for the default two replicas",
      values: { persistence: readWriteOnce },
      faults: [
        'persistence.accessModes: found ["ReadWriteOnce"], which serves one pod, but replicaCount is 2; ' +
          'set it to ["ReadWriteMany"], or replicaCount to 1 and strategy.type to Recreate',
      ],
    },
    {
      title: "one ReadWriteOncePod claim for three replicas",
      values: { replicaCount: 3, persistence: { enabled: true, accessModes: ["ReadWriteOncePod"] } },
      faults: [
        'persistence.accessModes: found ["ReadWriteOncePod"], which serves one pod, but replicaCount is 3; ' +
          'set it to ["ReadWriteMany"], or replicaCount to 1 and strategy.type to Recreate',
      ],
    },
    {
      title: "one ReadWriteOnce claim for the pods that autoscaling may add",
      values: { replicaCount: 1, persistence: readWriteOnce, autoscaling: { enabled: true } },
      faults: [
        'persistence.accessModes: found ["ReadWriteOnce"], which serves one pod, but autoscaling.maxReplicas is 10; ' +
          'set it to ["ReadWriteMany"], or autoscaling.maxReplicas to 1 and strategy.type to Recreate',
      ],
    },
    {
      title: "one ReadWriteOnce claim for the model of two replicas",
      values: { mlModel: { enabled: true, volume: { type: "claim", accessModes: ["ReadWriteOnce"] } } },
      faults: [
        'mlModel.volume.accessModes: found ["ReadWriteOnce"], which serves one pod, but replicaCount is 2; ' +
          'set it to ["ReadWriteMany"], or replicaCount to 1 and strategy.type to Recreate',
      ],
    },
    {
      title: "production and the guide's secret key, which is public",
      values: { flask: { secretKey: "change-me-in-production" } },
      faults: [
        'flask.secretKey: found "change-me-in-production", which is public, accepted: a random text of your own, ' +
          "or none, and the chart generates one; or set existingSecret",
      ],
    },
    {
      title: "more replicas at least than at most",
      values: { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } },
      faults: ["autoscaling.minReplicas: found 5, accepted: at most autoscaling.maxReplicas, which is 3"],
    },
    {
      title: "an autoscaler without a target",
      values: {
        autoscaling: { enabled: true, targetCPUUtilizationPercentage: 0, targetMemoryUtilizationPercentage: 0 },
      },
      faults: [
        "autoscaling.enabled: found true, but there is no target; " +
          "set autoscaling.targetCPUUtilizationPercentage, autoscaling.targetMemoryUtilizationPercentage " +
          "or autoscaling.metrics",
      ],
    },
    {
      title: "a disruption budget that keeps every pod",
      values: { podDisruptionBudget: { enabled: true, minAvailable: 2 } },
      faults: [
        "podDisruptionBudget.minAvailable: found 2, accepted: fewer pods than replicaCount, which is 2; " +
          "otherwise no node can be drained",
      ],
    },
    {
      title: "a disruption budget that keeps every pod once its percentage is rounded up",
      values: { replicaCount: 3, podDisruptionBudget: { enabled: true, minAvailable: "67%" } },
      faults: [
        'podDisruptionBudget.minAvailable: found "67%", accepted: fewer pods than replicaCount, which is 3; ' +
          "otherwise no node can be drained",
      ],
    },
    {
      title: "a disruption budget that keeps every pod that autoscaling leaves",
      values: { autoscaling: { enabled: true }, podDisruptionBudget: { enabled: true, minAvailable: 2 } },
      faults: [
        "podDisruptionBudget.minAvailable: found 2, accepted: fewer pods than autoscaling.minReplicas, which is 2; " +
          "otherwise no node can be drained",
      ],
    },
    {
      title: "a rolling update that may neither add nor remove a pod",
      values: { strategy: { rollingUpdate: { maxUnavailable: "0%", maxSurge: 0 } } },
      faults: [
        "strategy.rollingUpdate: found maxUnavailable 0 and maxSurge 0, which lets no pod be replaced; " +
          "set one of them to 1",
      ],
    },
    {
      title: "requests above their limits, in other units",
      values: { resources: { limits: { memory: "1G", cpu: 0.05 }, requests: { memory: "1Gi" } } },
      faults: [
        'resources.requests.cpu: found "100m", accepted: at most resources.limits.cpu, which is 0.05',
        'resources.requests.memory: found "1Gi", accepted: at most resources.limits.memory, which is "1G"',
      ],
    },
    {
      title: "a request under a limit of 0",
      values: { resources: { limits: { cpu: 0 } } },
      faults: ['resources.requests.cpu: found "100m", accepted: at most resources.limits.cpu, which is 0'],
    },
    {
      title: "a probe with two actions, and one with the headers of a request that it does not send",
      values: {
        healthCheck: {
          livenessProbe: { grpc: { port: 9000 }, exec: { command: ["check"] } },
          readinessProbe: { exec: { command: ["check"] }, scheme: "HTTPS" },
        },
      },
      faults: [
        "healthCheck.livenessProbe: found exec and grpc, accepted: one of them",
        "healthCheck.readinessProbe: found exec next to httpHeaders or scheme, which are for a request; remove one",
      ],
    },
    {
      title: "ports with the same name or number, and a metrics port that does not exist",
      values: {
        service: {
          extraPorts: [
            { name: "http", port: 8081 },
            { name: "grpc", port: 80 },
          ],
        },
        serviceMonitor: { enabled: true, port: "prom" },
      },
      faults: [
        'service.extraPorts[0].name: found "http", which another port has; set another name',
        "service.extraPorts[1].port: found 80, which the Service already has; set another port",
        'serviceMonitor.port: found "prom", which is not the name of a port in service.extraPorts; ' +
          "add it there, or set a number",
      ],
    },
    {
      title: "draining for as long as a pod has to end",
      values: { drainSeconds: 30 },
      faults: [
        "drainSeconds: found 30, accepted: less than terminationGracePeriodSeconds, which is 30; " +
          "otherwise pods are killed while they drain",
      ],
    },
    {
      title: "a migration without a command",
      values: { migration: { enabled: true } },
      faults: ["migration.command: is empty, and so is migration.args, but migration.enabled is true; set one of them"],
    },
    {
      title: "a migration with resources above their limits",
      values: {
        migration: { enabled: true, command: ["migrate"], resources: { limits: { cpu: 1 }, requests: { cpu: "2" } } },
      },
      faults: [
        'migration.resources.requests.cpu: found "2", accepted: at most migration.resources.limits.cpu, which is 1',
      ],
    },
    {
      title: "a migration as the account that the chart creates later",
      values: {
        serviceAccount: { name: "flask-sa" },
        migration: { enabled: true, command: ["migrate"], serviceAccountName: "flask-sa" },
      },
      faults: [
        'migration.serviceAccountName: found "flask-sa", which the chart creates only after the first migration; ' +
          "set serviceAccount.create to false, and create the account outside this release",
      ],
    },
    {
      title: "a worker without a command",
      values: { worker: { enabled: true } },
      faults: ["worker.command: is empty, and so is worker.args, but worker.enabled is true; set one of them"],
    },
    {
      title: "one ReadWriteOnce claim for the app and a worker",
      values: { replicaCount: 1, worker: { enabled: true, command: ["work"] }, persistence: readWriteOnce },
      faults: [
        'persistence.accessModes: found ["ReadWriteOnce"], which serves one pod, but worker.enabled adds pods; ' +
          'set it to ["ReadWriteMany"]',
      ],
    },
    {
      title: "one ReadWriteOnce claim for a number of pods that the chart does not know",
      values: { replicaCount: null, persistence: readWriteOnce },
      faults: [
        'persistence.accessModes: found ["ReadWriteOnce"], which serves one pod, ' +
          'but something outside the chart decides how many there are; set it to ["ReadWriteMany"]',
      ],
    },
    {
      title: "two autoscalers",
      values: { autoscaling: { enabled: true, external: true } },
      faults: [
        "autoscaling.external: found true, but autoscaling.enabled is true as well, so two autoscalers would fight; " +
          "set one of them to false",
      ],
    },
    {
      title: "a disruption budget of both kinds",
      values: { replicaCount: 3, podDisruptionBudget: { enabled: true, minAvailable: 2, maxUnavailable: 1 } },
      faults: [
        "podDisruptionBudget.maxUnavailable: found 1, but podDisruptionBudget.minAvailable is 2; " +
          "Kubernetes accepts one of them, so remove one",
      ],
    },
    {
      title: "a disruption budget without a number",
      values: { podDisruptionBudget: { enabled: true, minAvailable: null } },
      faults: [
        "podDisruptionBudget.minAvailable: is empty, and so is podDisruptionBudget.maxUnavailable; set one of them",
      ],
    },
    {
      title: "a disruption budget that keeps every pod, however many there are",
      values: { autoscaling: { external: true }, podDisruptionBudget: { enabled: true, minAvailable: "100%" } },
      faults: ['podDisruptionBudget.minAvailable: found "100%", accepted: less; otherwise no node can be drained'],
    },
    {
      title: "two volumes in one folder",
      values: {
        persistence: { enabled: true, mountPath: "/models/" },
        mlModel: { enabled: true, volume: { type: "emptyDir" } },
      },
      faults: [
        'persistence.mountPath: found "/models/", but mlModel.modelPath mounts a volume at /models, too; ' +
          "choose another folder",
      ],
    },
    {
      title: "a mount of a volume that does not exist",
      values: {
        extraVolumes: [{ name: "{{ .Release.Name }}-cache", emptyDir: {} }],
        extraVolumeMounts: [
          { name: "{{ .Release.Name }}-cache", mountPath: "/cache" },
          { name: "scratch", mountPath: "/scratch" },
        ],
      },
      faults: ['extraVolumeMounts[1].name: found "scratch", which is not in extraVolumes; add the volume there'],
    },
    {
      title: "a model from a claim without a name",
      values: { mlModel: { enabled: true, volume: { type: "existingClaim" } } },
      faults: [
        "mlModel.volume.existingClaim: is empty, but mlModel.volume.type is existingClaim; set it to the claim's name",
      ],
    },
    {
      title: "a model fetched without a volume and without a command",
      values: { mlModel: { enabled: true, fetch: { enabled: true } } },
      faults: [
        'mlModel.volume.type: found "", accepted: emptyDir or claim, ' +
          "because mlModel.fetch.enabled needs a volume to write to",
        "mlModel.fetch.command: is empty, but mlModel.fetch.enabled is true; set it",
      ],
    },
    {
      title: "databases without a host",
      values: { database: { enabled: true }, redis: { enabled: true } },
      faults: [
        "database.host: is empty, but database.enabled is true; set it to the server's host name",
        "redis.host: is empty, but redis.enabled is true; set it to the server's host name",
      ],
    },
    {
      title: "several contradictions, which are listed together",
      values: { persistence: readWriteOnce, autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } },
      faults: [
        "autoscaling.minReplicas: found 5, accepted: at most autoscaling.maxReplicas, which is 3",
        'persistence.accessModes: found ["ReadWriteOnce"], which serves one pod, but autoscaling.maxReplicas is 3; ' +
          'set it to ["ReadWriteMany"], or autoscaling.maxReplicas to 1 and strategy.type to Recreate',
      ],
    },
  ];
  for (const { title, values, faults } of refused) {
    it(`are refused: ${title}`, async () => {
      const error = await renderError(values);
      const [, list = error] = error.split("The values contradict each other:\n");
      const [lines] = list.split("\n\n");
      assert.deepEqual(
        lines.split("\n"),
        faults.map((fault) => `  ${fault}`),
      );
    });
  }

  const accepted: { title: string; values: Values }[] = [
    {
      title: "a ReadWriteOnce claim for one replica that ends before the next one starts",
      values: { replicaCount: 1, persistence: readWriteOnce, strategy: { type: "Recreate" } },
    },
    {
      title: "a ReadWriteOnce claim for one replica that may be unavailable",
      values: { replicaCount: 1, persistence: readWriteOnce, strategy: { rollingUpdate: { maxUnavailable: 1 } } },
    },
    {
      title: "a ReadWriteOnce claim for an autoscaler that stays at one",
      values: {
        persistence: readWriteOnce,
        autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 1 },
        strategy: { type: "Recreate" },
      },
    },
    {
      title: "a load balancer whose callers the policy admits",
      values: {
        service: { type: "LoadBalancer" },
        networkPolicy: { enabled: true, ingressFrom: [{ ipBlock: { cidr: "0.0.0.0/0" } }] },
      },
    },
    {
      title: "a GPU whose request is its limit",
      values: { resources: { limits: { "nvidia.com/gpu": 1 }, requests: { "nvidia.com/gpu": "1" } } },
    },
    {
      title: "quantities with exponents",
      values: { resources: { limits: { cpu: "+2e-1", memory: "1E9" }, requests: { cpu: ".1", memory: "128e6" } } },
    },
    {
      title: "a claim with ReadWriteMany among its modes for many replicas",
      values: { replicaCount: 5, persistence: { enabled: true, accessModes: ["ReadWriteOnce", "ReadWriteMany"] } },
    },
    {
      title: "a ReadOnlyMany claim for many replicas",
      values: { replicaCount: 5, persistence: { enabled: true, accessModes: ["ReadOnlyMany"] } },
    },
    {
      title: "a request equal to its limit, in other units",
      values: { resources: { limits: { memory: "1Gi", cpu: 1 }, requests: { memory: "1024Mi", cpu: "1000m" } } },
    },
    {
      title: "a request of a resource that has no limit",
      values: { resources: { requests: { "ephemeral-storage": "1Gi" } } },
    },
    {
      title: "an existing claim, whose modes the chart does not know",
      values: { replicaCount: 5, persistence: { ...readWriteOnce, existingClaim: "models" } },
    },
    {
      title: "a ReadWriteOnce claim that is not enabled",
      values: { persistence: { ...readWriteOnce, enabled: false } },
    },
    {
      title: "reversed bounds of an autoscaler that is not enabled",
      values: { autoscaling: { minReplicas: 5, maxReplicas: 3 } },
    },
    {
      title: "the guide's secret key in staging",
      values: { flask: { env: "staging", secretKey: "change-me-in-production" } },
    },
    {
      title: "the guide's secret key if the Secret is your own",
      values: { flask: { secretKey: "change-me-in-production" }, existingSecret: "own" },
    },
    {
      title: "a migration as the app's account, which the chart does not create",
      values: {
        serviceAccount: { create: false, name: "flask-sa" },
        migration: { enabled: true, command: ["migrate"], serviceAccountName: "flask-sa" },
      },
    },
    {
      title: "databases without a host whose URLs are in a Secret of your own",
      values: { existingSecret: "own", database: { enabled: true }, redis: { enabled: true } },
    },
  ];
  for (const { title, values } of accepted) {
    it(`do not include ${title}`, async () => {
      await render(values);
    });
  }
});
