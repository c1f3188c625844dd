import assert from "node:assert/strict";
import type * as k8s from "@kubernetes/client-node";
import { configRailFaults, guardRails, manifestRailFaults } from "../../components/checks/guardRails";
import { Manifest } from "../../components/checks/manifestFaults";
import { waiverWarnings } from "../../components/checks/rails/waivers";
import { StackConfig } from "../../components/config/config.generated";
import { parseStackConfig } from "../../components/config/stackConfig";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { projectFolder } from "../../tools/lib/paths";
import { readStackFile, toProgramConfig } from "../../tools/lib/stackFiles";
import { secretIn } from "../helpers/stackConfig";
import { allManifests, renderStack } from "../../tools/manifests/stackManifests";

/** The production stack, which a test may change. */
class Stack {
  readonly config: StackConfig;
  readonly manifests: Manifest[];

  constructor(safe: { config: StackConfig; manifests: Manifest[] }) {
    ({ config: this.config, manifests: this.manifests } = structuredClone(safe));
  }

  /** Every fault, as `path: problem`. */
  get faults(): string[] {
    return [...configRailFaults("production", this.config), ...manifestRailFaults(this.manifests, this.config)].map(
      ({ path, problem }) => `${path}: ${problem}`,
    );
  }

  one<T>(name: string): Manifest & T {
    return this.manifests.find(({ kind, metadata }) => `${kind} ${metadata.name}` === name) as Manifest & T;
  }

  remove(kind: string): void {
    const kept = this.manifests.filter((manifest) => manifest.kind !== kind);
    this.manifests.splice(0, Infinity, ...kept);
  }

  get deployment(): k8s.V1DeploymentSpec {
    return this.one<k8s.V1Deployment>("Deployment flask-prod-flask-app").spec!;
  }

  get pod(): k8s.V1PodSpec {
    return this.deployment.template.spec!;
  }

  get container(): k8s.V1Container {
    return this.pod.containers[0];
  }

  get environment(): Record<string, string> {
    return this.one<k8s.V1ConfigMap>("ConfigMap flask-prod-flask-app").data!;
  }

  get autoscaler(): k8s.V2HorizontalPodAutoscalerSpec {
    return this.one<k8s.V2HorizontalPodAutoscaler>("HorizontalPodAutoscaler flask-prod-flask-app").spec!;
  }

  get budget(): k8s.V1PodDisruptionBudgetSpec {
    return this.one<k8s.V1PodDisruptionBudget>("PodDisruptionBudget flask-prod-flask-app").spec!;
  }

  get ingress(): k8s.V1IngressSpec {
    return this.one<k8s.V1Ingress>("Ingress flask-prod-flask-app").spec!;
  }

  get redis(): k8s.V1Container {
    return this.one<k8s.V1StatefulSet>("StatefulSet flask-prod-redis-master").spec!.template.spec!.containers[0];
  }
}

type Change = (stack: Stack) => void;

const pod = "Deployment flask-prod-flask-app: spec.template.spec";
const container = `${pod}.containers[flask-app]`;
const noVersion = "accepted: the tag of a version, or a digest: a floating tag can deploy an unreleased image";
const tag =
  (name: string): Change =>
  ({ container }) =>
    (container.image = `registry.example.com:5000/app${name}`);
const floating = (name: string) => `${container}.image: found "registry.example.com:5000/app${name}", ${noVersion}`;
const probe = (name: string) => `; set flask-app:app.healthCheck.${name}`;

const plainSecret = (found: string, name: string) =>
  `${found}, accepted: a reference to a Secret: Helm and the pod's manifest show it to all who may read them. Remove it and, for a variable of the app, run \`pulumi config set --secret --path 'flask-app:secretEnv.${name}'\``;

/** What breaks each rail, and the one fault that it causes. The table of unsafeStacks.test.ts has more. */
const broken: Record<string, [title: string, change: Change, fault: string][]> = {
  "production-environment": [
    [
      "another environment",
      ({ environment }) => (environment.FLASK_ENV = "staging"),
      'ConfigMap flask-prod-flask-app: data.FLASK_ENV: found "staging", accepted: production: an app that reads it would run with other settings; set flask-app:app.flask.env',
    ],
  ],
  "no-debug": [
    [
      "Flask's debugger",
      ({ environment }) => (environment.FLASK_DEBUG = "true"),
      'ConfigMap flask-prod-flask-app: data.FLASK_DEBUG: found "true", accepted: false: the debugger runs any code that it is sent; set flask-app:app.flask.debug',
    ],
  ],
  "fixed-images": ["", ":dev", ":1", ":v2", ":1.2-latest", ":feature-x", ":deadbeef"].map((name) => [
    `the tag "${name}"`,
    tag(name),
    floating(name),
  ]),
  "maintained-images": [
    [
      "a frozen image of Bitnami",
      ({ redis }) => (redis.image = "mirror.example.com/hub/bitnamilegacy/redis:7.0.12-debian-11-r34"),
      'StatefulSet flask-prod-redis-master: spec.template.spec.containers[redis].image: found "mirror.example.com/hub/bitnamilegacy/redis:7.0.12-debian-11-r34", accepted: an image that gets security fixes: bitnamilegacy has had none since August 2025; docs/moving-off-bitnami.md says how to move',
    ],
  ],
  "resources-set": [
    [
      "a database that reserves no CPU",
      ({ redis }) => delete redis.resources!.requests!.cpu,
      "StatefulSet flask-prod-redis-master: spec.template.spec.containers[redis].resources.requests.cpu: is missing, accepted: at least 10m: otherwise the container has no CPU that it can count on; set flask-app:redis.inCluster.resources",
    ],
    [
      "no memory limit",
      ({ container }) => delete container.resources!.limits!.memory,
      `${container}.resources.limits.memory: is missing, accepted: at least 16Mi: otherwise the container may use all of its node's memory; set flask-app:app.resources`,
    ],
  ],
  "https-only": [
    [
      "a plain address in a variable",
      ({ container }) => (container.env = [{ name: "MODEL", value: "http://models.example.com/a" }]),
      `${container}.env[MODEL].value: found "http://models.example.com", accepted: https://, or a Service's name that ends with .svc: without TLS, anyone on the way can replace what is loaded`,
    ],
  ],
  "pod-security": [
    [
      "a laxer Pod Security Standard",
      (stack) =>
        (stack.one("Namespace production").metadata.labels!["pod-security.kubernetes.io/enforce"] = "baseline"),
      'Namespace production: metadata.labels[pod-security.kubernetes.io/enforce]: found "baseline", accepted: restricted: other standards let pods run as root; set flask-app:podSecurity',
    ],
  ],
  "read-only-root": [
    [
      "a writable root file system",
      ({ container }) => (container.securityContext!.readOnlyRootFilesystem = false),
      `${container}.securityContext.readOnlyRootFilesystem: found false, accepted: true: an attacker could change the program that runs; set flask-app:app.hardened`,
    ],
  ],
  "no-api-token": [
    [
      "a token for the Kubernetes API",
      ({ pod }) => (pod.automountServiceAccountToken = true),
      `${pod}.automountServiceAccountToken: found true, accepted: false: only an attacker would use it; set flask-app:app.automountServiceAccountToken`,
    ],
  ],
  "no-plain-secrets": [
    ...["STRIPE_KEY", "API_TOKEN", "DB_PASSWORD", "client_secret", "PASSWORD"].map((name): [string, Change, string] => [
      `a secret under the name ${name}`,
      ({ container }) => (container.env = [{ name, value: "sk_live_1" }]),
      plainSecret(`${container}.env[${name}].value: found a secret in plain text`, name),
    ]),
    [
      "a password in the URL of a variable",
      ({ container }) => (container.env = [{ name: "BROKER", value: "amqp://app:hunter22@mq" }]),
      plainSecret(`${container}.env[BROKER].value: found a secret in plain text`, "BROKER"),
    ],
    [
      "a password in an argument",
      ({ container }) => (container.args = ["serve", "--broker=amqp://app:hunter22@mq"]),
      plainSecret(`${container}.args: found a password in plain text`, "NAME"),
    ],
    [
      "a Secret among the extra manifests",
      ({ config }) => (config.app.extraManifests = [{ kind: "Secret", metadata: { name: "s" }, stringData: {} }]),
      plainSecret("app.extraManifests[0]: found a Secret with its content", "NAME"),
    ],
    [
      "a password in an init script of PostgreSQL",
      ({ config }) => {
        const scripts = { "roles.sql": "CREATE ROLE report LOGIN PASSWORD 'hunter22';" };
        config.postgresql.inCluster!.values = { primary: { initdb: { scripts } } };
      },
      plainSecret(
        "postgresql.inCluster.values.primary.initdb.scripts.roles.sql: found a password in plain text",
        "NAME",
      ),
    ],
  ],
  "own-namespace": [
    [
      "an object in another namespace",
      (stack) => (stack.one("ConfigMap flask-prod-flask-app").metadata.namespace = "default"),
      'ConfigMap flask-prod-flask-app: namespace: found "default", accepted: production: other parts of the cluster are not this stack\'s to change',
    ],
  ],
  "network-policy": [
    [
      "policies without a word on egress",
      (stack) => {
        for (const name of ["flask-app-test", "default-deny"]) {
          stack.one<k8s.V1NetworkPolicy>(`NetworkPolicy flask-prod-${name}`).spec!.policyTypes = ["Ingress"];
        }
      },
      "Pod flask-prod-flask-app-test: spec: found no NetworkPolicy for Egress, accepted: one that selects these pods: without it, any pod may connect to them, or they to any server; set flask-app:app.networkPolicy.enabled",
    ],
  ],
  "ingress-tls": [
    [
      "an Ingress without a certificate",
      ({ ingress }) => delete ingress.tls,
      "Ingress flask-prod-flask-app: spec.tls: found no certificate for api.example.com, accepted: one for every host: without TLS, traffic can be read in transit; set flask-app:app.ingress.tls",
    ],
    [
      "a host that the certificate does not cover",
      ({ ingress }) => ingress.rules!.push({ host: "www.example.com" }),
      "Ingress flask-prod-flask-app: spec.tls: found no certificate for www.example.com, accepted: one for every host: without TLS, traffic can be read in transit; set flask-app:app.ingress.tls",
    ],
  ],
  "survives-a-node": [
    [
      "a minimum of one pod",
      ({ autoscaler }) => (autoscaler.minReplicas = 1),
      "HorizontalPodAutoscaler flask-prod-flask-app: spec.minReplicas: found 1, accepted: at least 2: the app is down while its only pod moves to another node; set flask-app:app.autoscaling.minReplicas",
    ],
    [
      "no disruption budget",
      (stack) => stack.remove("PodDisruptionBudget"),
      `${pod}: found no PodDisruptionBudget for these pods, accepted: one: without a budget, a drain may evict every pod at once; set flask-app:app.podDisruptionBudget.enabled`,
    ],
    [
      "a disruption budget of no pod",
      ({ budget }) => (budget.minAvailable = "0%"),
      'PodDisruptionBudget flask-prod-flask-app: spec.minAvailable: found "0%", accepted: 1 to 2: without a budget, a drain may evict every pod at once; set flask-app:app.podDisruptionBudget.minAvailable',
    ],
    [
      "pods that may all run on one node",
      ({ pod }) => delete pod.topologySpreadConstraints,
      `${pod}: found no rule that spreads these pods, accepted: one by kubernetes.io/hostname or topology.kubernetes.io/zone that selects their labels: otherwise one node may run every pod; set flask-app:app.topologySpreadConstraints`,
    ],
  ],
  "rolling-updates": [
    [
      "a rollout that stops all pods first",
      ({ deployment }) => (deployment.strategy = { type: "Recreate" }),
      'Deployment flask-prod-flask-app: spec.strategy.type: found "Recreate", accepted: RollingUpdate: the app is down until new pods are ready; set flask-app:app.strategy.type',
    ],
  ],
  probed: [
    [
      "a probe that is off",
      ({ container }) => delete container.livenessProbe,
      `${container}.livenessProbe: is missing, accepted: httpGet: without a request to the app, a pod that hangs keeps getting traffic${probe("livenessProbe")}`,
    ],
    [
      "a probe that any server answers",
      ({ container }) => (container.readinessProbe!.httpGet!.path = "/"),
      `${container}.readinessProbe.httpGet.path: found "/", accepted: a path of its own, such as /health: any server answers /${probe("readinessProbe.path")}`,
    ],
  ],
  "data-kept": [
    [
      "databases that can be destroyed",
      ({ config }) => (config.protect = false),
      "protect: found false, accepted: true: pulumi destroy would delete the data of postgresql and redis, which is in the cluster",
    ],
    [
      "a PostgreSQL without backups",
      ({ config }) => delete config.postgresql.inCluster!.backup,
      "postgresql.inCluster.backup: is missing, accepted: schedule, keepDays and storage: without a backup, data deleted by mistake is lost",
    ],
    [
      "a claim of the app that goes with its release",
      (stack) => delete stack.one("PersistentVolumeClaim flask-prod-flask-app").metadata.annotations,
      "PersistentVolumeClaim flask-prod-flask-app: metadata.annotations[helm.sh/resource-policy]: is missing, accepted: keep: helm uninstall would delete its data; set flask-app:protect",
    ],
    [
      "a database's claim that goes with its StatefulSet",
      (stack) => {
        const { spec } = stack.one<k8s.V1StatefulSet>("StatefulSet flask-prod-postgresql");
        spec!.persistentVolumeClaimRetentionPolicy!.whenDeleted = "Delete";
      },
      'StatefulSet flask-prod-postgresql: spec.persistentVolumeClaimRetentionPolicy.whenDeleted: found "Delete", accepted: Retain: its data would be deleted with the pods; set flask-app:protect',
    ],
  ],
  "data-unchanged": [
    [
      "allowDataChange left on",
      ({ config }) => (config.allowDataChange = true),
      "allowDataChange: found true, accepted: false: a later change would lose data without a word. For one deployment, waive this rail until today",
    ],
  ],
  "external-databases": [
    [
      "a server without TLS",
      ({ config }) => (config.redis = { external: { host: "redis.example.com", password: "p" } }),
      "redis.external.tls: is missing, accepted: true: without TLS, passwords and data can be read in transit",
    ],
  ],
};

const digest = `@sha256:${"0".repeat(64)}`;
const fine: [title: string, change: Change][] = [
  ["a floating tag with a digest", tag(`:latest${digest}`)],
  ...[":v1.0.0", ":1.36", ":2.7.1-alpine", ":20240111", ":sha-1a2b3c4", ":main-1a2b3c4d", ":417"].map(
    (name): [string, Change] => [`the tag ${name}`, tag(name)],
  ),
  [
    "anti-affinity instead of topology spread",
    ({ pod, deployment }) => {
      delete pod.topologySpreadConstraints;
      const rule = { topologyKey: "kubernetes.io/hostname", labelSelector: deployment.selector };
      pod.affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [rule] } };
    },
  ],
  [
    "variables that only look like secrets",
    ({ container }) => {
      const values = { MAX_TOKENS: "512", TLS_PUBLIC_KEY: "MIIB", ALLOW_EMPTY_PASSWORD: "no", DB_PASSWORD: "/run/db" };
      const secretKeyRef = { name: "stripe", key: "key" };
      container.env = [
        ...Object.entries(values).map(([name, value]) => ({ name, value })),
        { name: "STRIPE_KEY", valueFrom: { secretKeyRef } },
        { name: "BROKER", value: "amqp://app:$(STRIPE_KEY)@mq" },
      ];
    },
  ],
  ["a wildcard certificate", ({ ingress }) => (ingress.tls![0].hosts = ["*.example.com"])],
  ["no Ingress", (stack) => stack.remove("Ingress")],
  ["a backup twice a week", ({ config }) => (config.postgresql.inCluster!.backup!.schedule = "0 2 * * 1,4")],
  ["a null instead of a missing field", ({ pod }) => Object.assign(pod, { volumes: null, hostAliases: null })],
  [
    "unprotected databases outside the cluster",
    ({ config }) => {
      config.protect = false;
      const postgresql = { host: "db.example.com", username: "u", database: "d", password: "p" };
      config.postgresql = { external: { ...postgresql, sslMode: "verify-full" } };
      config.redis = { external: { host: "redis.example.com", tls: true, password: "p" } };
    },
  ],
  [
    "a single pod that no Service uses",
    (stack) => {
      const worker = structuredClone(stack.one<k8s.V1Deployment>("Deployment flask-prod-flask-app"));
      worker.metadata.name = "worker";
      worker.spec!.replicas = 1;
      worker.spec!.strategy = { type: "Recreate" };
      worker.spec!.template.metadata!.labels = { worker: "yes" };
      const policy = structuredClone(stack.one<k8s.V1NetworkPolicy>("NetworkPolicy flask-prod-flask-app"));
      policy.spec!.podSelector = { matchLabels: { worker: "yes" } };
      stack.manifests.push(worker, policy);
    },
  ],
];

describe("The guard rails", function () {
  this.timeout(30_000);
  let safe: { config: StackConfig; manifests: Manifest[] };
  const changed = (change: Change) => {
    const stack = new Stack(safe);
    change(stack);
    return stack;
  };

  before("render production", async () => {
    const { config } = withStandInCharts(readStackFile("production"));
    const identity = { stack: "production", project: "flask-app" };
    const parsed = parseStackConfig(identity, toProgramConfig(config), secretIn());
    const rendered = await renderStack({ stack: "production", config, folder: projectFolder });
    safe = { config: parsed.config, manifests: allManifests(rendered) };
  });

  it("accept production as its file configures it", () => {
    assert.deepEqual(new Stack(safe).faults, []);
  });

  it("are all tested here", () => {
    assert.deepEqual(
      guardRails.map(({ name }) => name),
      Object.keys(broken),
    );
  });

  for (const [rail, cases] of Object.entries(broken)) {
    for (const [title, change, fault] of cases) {
      it(`refuse ${title} (${rail})`, () => {
        assert.deepEqual(changed(change).faults, [`${fault} (guard rail: ${rail})`]);
      });
    }
  }

  for (const [title, change] of fine) {
    it(`accept ${title}`, () => {
      assert.deepEqual(changed(change).faults, []);
    });
  }

  it("do not let a manifest pass that they cannot judge", () => {
    const { faults } = changed(({ container }) => (container.resources!.requests!.cpu = "0.5cores"));
    assert.deepEqual(faults, [
      'These manifests: cannot be judged: "0.5cores" is not a Kubernetes quantity (guard rail: resources-set)',
    ]);
  });

  it("judge a database's own limits only by its own objects", () => {
    const { faults } = changed((stack) => {
      const copy = structuredClone(stack.one("StatefulSet flask-prod-redis-master"));
      copy.metadata.name = "redis";
      stack.manifests.push(copy);
    });
    assert.ok(faults.some((fault) => /^StatefulSet redis: .*\(guard rail: survives-a-node\)$/.test(fault)));
  });

  describe("for a tier", () => {
    const tierFaults = (stack: string, tier: StackConfig["tier"], env: string) =>
      configRailFaults(stack, { ...safe.config, protect: false, tier, app: { flask: { env } } }).map(
        ({ path }) => path,
      );

    it("do not apply to development and staging", () => {
      assert.deepEqual(tierFaults("dev", "development", "development"), []);
      assert.deepEqual(tierFaults("staging", "staging", "production"), []);
      const config: StackConfig = { ...safe.config, tier: "staging" };
      assert.deepEqual(
        manifestRailFaults([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } }], config),
        [],
      );
    });

    it("apply to a stack of any name without one", () => {
      assert.deepEqual(tierFaults("canary", undefined, "staging"), ["protect"]);
    });

    it("refuse one that the stack's name or environment contradicts", () => {
      assert.deepEqual(tierFaults("production", "staging", "staging"), ["tier"]);
      assert.deepEqual(tierFaults("prod-eu", "development", "development"), ["tier"]);
      assert.deepEqual(tierFaults("dev", "development", "production"), ["tier"]);
    });
  });

  describe("with a waiver", () => {
    const waived =
      (until?: string): Change =>
      ({ container, config }) => {
        container.image = "app:latest";
        config.waivers = { "fixed-images": { reason: "The registry has no versions yet.", until } };
      };
    const today = new Date("2027-01-31T23:59:00Z");
    const tomorrow = new Date("2027-02-01T00:00:00Z");

    it("do not apply, with or without a last day", () => {
      for (const until of [undefined, "2027-01-31", "2027-01-31T00:00:00Z"]) {
        const { manifests, config } = changed(waived(until));
        assert.deepEqual(manifestRailFaults(manifests, config, today), [], until);
      }
    });

    it("apply again after its last day, and say so", () => {
      const { manifests, config } = changed(waived("2027-01-31"));
      const [{ problem }] = manifestRailFaults(manifests, config, tomorrow);
      assert.match(problem, / \(guard rail: fixed-images; its waiver ended on 2027-01-31\)$/);
    });

    it("are repeated as warnings while it holds", () => {
      const warning = "The guard rail fixed-images is waived until 2027-01-31: The registry has no versions yet.";
      const { config } = changed(waived("2027-01-31T00:00:00Z"));
      assert.deepEqual(waiverWarnings(config, today), [warning]);
      assert.deepEqual(waiverWarnings(config, tomorrow), []);
      assert.deepEqual(waiverWarnings(safe.config), []);
    });

    it("refuse an unknown name and an impossible date", () => {
      const { config } = changed(({ config }) => {
        config.waivers = { "fixed-image": { reason: "a" }, probed: { reason: "b", until: "2027-13-01" } };
      });
      assert.deepEqual(configRailFaults("production", config), [
        { path: "waivers.fixed-image", problem: "is not a guard rail; did you mean fixed-images?" },
        { path: "waivers.probed.until", problem: 'found "2027-13-01", accepted: a date, such as 2027-01-31' },
      ]);
    });
  });
});
