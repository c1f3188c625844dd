import assert from "node:assert/strict";
import { app, Change, database, extra, refusal, set } from "../helpers/preview";

/** A config that production must not have: what it is, the change, the rail that refuses it, and where. */
type Row = [title: string, change: Change, rail: string, path: string];

const container = "Deployment flask-prod-flask-app: spec.template.spec.containers[flask-app]";
const pod = "Deployment flask-prod-flask-app: spec.template.spec";
const image = `${container}.image`;
const metadata = { name: "more" };
const safeContainer = {
  name: "job",
  image: "busybox:1.36",
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "16Mi" } },
  securityContext: {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
};
const cronJob = (given: object) => ({
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata,
  spec: {
    schedule: "@daily",
    jobTemplate: {
      spec: {
        template: {
          metadata: { labels: { "app.kubernetes.io/name": "flask-app", "app.kubernetes.io/instance": "flask-prod" } },
          spec: {
            restartPolicy: "Never",
            automountServiceAccountToken: false,
            containers: [{ ...safeContainer, ...given }],
          },
        },
      },
    },
  },
});
const ingress = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata,
  spec: { rules: [{ host: "more.example.com" }] },
};
const clusterAdmin = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata,
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", name: "flask-prod-flask-app", namespace: "production" }],
};
const external: Change = (config) => {
  set("postgresql", {
    external: { host: "db.example.com", username: "u", database: "d", password: "p", sslMode: "disable" },
  })(config);
  set("redis", { external: { host: "redis.example.com" } })(config);
};
const backup = (schedule: string, keepDays: number) =>
  database("postgresql", { backup: { schedule, keepDays, storage: { size: "1Gi" } } });
const fetch = {
  enabled: true,
  image: "busybox:1.36",
  command: ["wget", "-O", "/models/model.pkl", "http://models.example.com/model.pkl"],
};
const scaledObject = (minReplicaCount: number) => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata,
  spec: { scaleTargetRef: { name: "flask-prod-flask-app" }, minReplicaCount, triggers: [] },
});
const spread = (topologyKey: string) =>
  app({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway" }] });
const nowhere = [{ topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "nobody" } } }];

const unsafe: Row[] = [
  [
    "extraEnv FLASK_DEBUG=1",
    app({ extraEnv: [{ name: "FLASK_DEBUG", value: "1" }] }),
    "no-debug",
    `${container}.env[FLASK_DEBUG].value`,
  ],
  ["the tag main", app({ image: { tag: "main" } }), "fixed-images", image],
  ["the tag LATEST", app({ image: { tag: "LATEST" } }), "fixed-images", image],
  ["the tag production", app({ image: { tag: "production" } }), "fixed-images", image],
  [
    "Bitnami's frozen Redis",
    database("redis", { image: { repository: "bitnamilegacy/redis", tag: "7.0.12-debian-11-r34" } }),
    "maintained-images",
    "StatefulSet flask-prod-redis-master: spec.template.spec.containers[redis].image",
  ],
  [
    "a privileged app",
    app({ securityContext: { privileged: true } }),
    "pod-security",
    `${container}.securityContext.privileged`,
  ],
  [
    "a privileged sidecar",
    app({ sidecars: [{ ...safeContainer, securityContext: { ...safeContainer.securityContext, privileged: true } }] }),
    "pod-security",
    `${pod}.containers[job].securityContext.privileged`,
  ],
  [
    "a hostPath",
    app({ extraVolumes: [{ name: "host", hostPath: { path: "/" } }] }),
    "pod-security",
    `${pod}.volumes[host]`,
  ],
  [
    "the standard privileged",
    set("podSecurity", "privileged"),
    "pod-security",
    "Namespace production: metadata.labels[pod-security.kubernetes.io/enforce]",
  ],
  ["a cluster-admin", extra(clusterAdmin), "own-namespace", "ClusterRoleBinding more: kind"],
  ["an Ingress without TLS in extraManifests", extra(ingress), "ingress-tls", "Ingress more: spec.tls"],
  [
    "a LoadBalancer",
    app({
      service: { type: "LoadBalancer" },
      networkPolicy: { ingressFrom: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
    }),
    "ingress-tls",
    "Service flask-prod-flask-app: spec.type",
  ],
  ["no network policy", app({ networkPolicy: { enabled: false } }), "network-policy", pod],
  [
    "egress to anywhere",
    app({ networkPolicy: { egress: [{}] } }),
    "network-policy",
    "NetworkPolicy flask-prod-flask-app: spec.egress[3]",
  ],
  ["an external database without TLS", external, "external-databases", "flask-app:postgresql.external.sslMode"],
  ["an external Redis without TLS", external, "external-databases", "flask-app:redis.external.tls"],
  ["an external Redis without a password", external, "external-databases", "flask-app:redis.external.password"],
  ["a backup on 31 February", backup("0 2 31 2 *", 14), "data-kept", "flask-app:postgresql.inCluster.backup.schedule"],
  ["@monthly with keepDays 1", backup("@monthly", 1), "data-kept", "flask-app:postgresql.inCluster.backup.schedule"],
  ["@daily with keepDays 1", backup("@daily", 1), "data-kept", "flask-app:postgresql.inCluster.backup.keepDays"],
  [
    "Recreate",
    app({ strategy: { type: "Recreate" } }),
    "rolling-updates",
    "Deployment flask-prod-flask-app: spec.strategy.type",
  ],
  [
    "maxUnavailable 100%",
    app({ strategy: { rollingUpdate: { maxUnavailable: "100%" } } }),
    "rolling-updates",
    "Deployment flask-prod-flask-app: spec.strategy.rollingUpdate.maxUnavailable",
  ],
  [
    "anti-affinity to a label that no pod has",
    app({
      topologySpreadConstraints: [],
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: nowhere } },
    }),
    "survives-a-node",
    pod,
  ],
  [
    "an outer autoscaler that no manifest describes",
    app({ autoscaling: { enabled: false, external: true } }),
    "survives-a-node",
    "Deployment flask-prod-flask-app: spec.replicas",
  ],
  [
    "an outer autoscaler with a minimum of one pod",
    app({ autoscaling: { enabled: false, external: true }, extraManifests: [scaledObject(1)] }),
    "survives-a-node",
    "ScaledObject more: spec.minReplicaCount",
  ],
  ["a spread over a key that no node has", spread("example.com/rack"), "survives-a-node", pod],
  [
    "requests of 1m",
    app({ replicaCount: 3, autoscaling: { enabled: false }, resources: { requests: { cpu: "1m" } } }),
    "resources-set",
    `${container}.resources.requests.cpu`,
  ],
  ["allowDataChange left on", set("allowDataChange", true), "data-unchanged", "flask-app:allowDataChange"],
  [
    "runAsUser 0 with runAsNonRoot",
    app({ securityContext: { runAsUser: 0, runAsNonRoot: true } }),
    "pod-security",
    `${container}.securityContext.runAsUser`,
  ],
  [
    "SYS_ADMIN",
    app({ securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }),
    "pod-security",
    `${container}.securityContext.capabilities.add`,
  ],
  [
    "seccomp Unconfined",
    app({ podSecurityContext: { seccompProfile: { type: "Unconfined" } } }),
    "pod-security",
    `${pod}.securityContext.seccompProfile.type`,
  ],
  [
    "test.image busybox:latest",
    app({ test: { image: "busybox:latest" } }),
    "fixed-images",
    "Pod flask-prod-flask-app-test: spec.containers[http].image",
  ],
  [
    ":latest in a CronJob of extraManifests",
    extra(cronJob({ image: "report:latest" })),
    "fixed-images",
    "CronJob more: spec.jobTemplate.spec.template.spec.containers[job].image",
  ],
  [
    "a model over plain http",
    app({ mlModel: { enabled: true, volume: { type: "emptyDir" }, fetch } }),
    "https-only",
    `${pod}.initContainers[fetch-model].command`,
  ],
  [
    "ssl-redirect off",
    app({ ingress: { annotations: { "nginx.ingress.kubernetes.io/ssl-redirect": "false" } } }),
    "ingress-tls",
    "Ingress flask-prod-flask-app: metadata.annotations[nginx.ingress.kubernetes.io/ssl-redirect]",
  ],
  [
    "the database image evil/postgres:main",
    database("postgresql", { image: { registry: "docker.io", repository: "evil/postgres", tag: "main" } }),
    "fixed-images",
    "StatefulSet flask-prod-postgresql: spec.template.spec.containers[postgresql].image",
  ],

  // Not in any list.
  [
    "a privileged pod in a List",
    extra({
      apiVersion: "v1",
      kind: "List",
      metadata,
      items: [{ apiVersion: "v1", kind: "Pod", metadata, spec: { hostNetwork: true, containers: [safeContainer] } }],
    }),
    "pod-security",
    "Pod more: spec.hostNetwork",
  ],
  [
    "a Role in another namespace",
    extra({ ...clusterAdmin, kind: "RoleBinding", metadata: { ...metadata, namespace: "kube-system" } }),
    "own-namespace",
    "RoleBinding more: namespace",
  ],
  [
    "pods of a custom resource by a floating tag",
    extra({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Rollout",
      metadata,
      spec: { template: { spec: { containers: [{ ...safeContainer, image: "web" }] } } },
    }),
    "fixed-images",
    "Rollout more: spec.template.spec.containers[job].image",
  ],
  [
    "every pod on one node",
    app({ nodeSelector: { "kubernetes.io/hostname": "a" } }),
    "survives-a-node",
    `${pod}.nodeSelector`,
  ],
  [
    "a policy that admits everyone",
    extra({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata,
      spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ namespaceSelector: {} }] }] },
    }),
    "network-policy",
    "NetworkPolicy more: spec.ingress[0]",
  ],
  [
    "a webhook",
    extra({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata,
      webhooks: [],
    }),
    "own-namespace",
    "MutatingWebhookConfiguration more: kind",
  ],
  ["a debugger by its command", app({ command: ["flask", "run", "--debug"] }), "no-debug", `${container}.command`],
  [
    "a route that plain HTTP reaches",
    extra({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata,
      spec: {
        parentRefs: [{ name: "public" }],
        rules: [{ backendRefs: [{ name: "flask-prod-flask-app", port: 80 }] }],
      },
    }),
    "ingress-tls",
    "HTTPRoute more: spec.parentRefs[public]",
  ],
];

describe("An unsafe production stack", function () {
  this.timeout(30_000);

  for (const [title, change, rail, path] of unsafe) {
    it(`is refused: ${title} (${rail})`, async () => {
      const lines = await refusal(change);
      assert.ok(
        lines.some((line) => line.startsWith(`${path}: `) && line.endsWith(`(guard rail: ${rail})`)),
        lines.join("\n") || "nothing was refused",
      );
    });
  }

  it("is refused whatever its name is, unless its file names another tier", async () => {
    const change: Change = (config) => {
      app({
        replicaCount: 1,
        autoscaling: { enabled: false },
        flask: { env: "prod", debug: true },
        image: { tag: "latest" },
        podDisruptionBudget: { enabled: false },
      })(config);
      set("protect", false)(config);
      database("postgresql", { backup: undefined })(config);
    };
    const rails = (await refusal(change, "prod")).map((line) => /\(guard rail: (.+)\)$/.exec(line)?.[1]);
    const expected = ["data-kept", "fixed-images", "no-debug", "production-environment", "survives-a-node"];
    assert.deepEqual([...new Set(rails)].sort(), expected);
    assert.deepEqual(await refusal((config) => (change(config), set("tier", "staging")(config)), "canary"), []);
  });

  it("is not refused if nothing is wrong", async () => {
    assert.deepEqual(await refusal(() => undefined), []);
  });

  it("is not refused if KEDA keeps enough pods", async () => {
    const change = app({ autoscaling: { enabled: false, external: true }, extraManifests: [scaledObject(3)] });
    assert.deepEqual(await refusal(change), []);
  });

  it("is not refused for a worker, which may be one pod", async () => {
    assert.deepEqual(await refusal(app({ worker: { enabled: true, command: ["celery", "worker"] } })), []);
  });
});
