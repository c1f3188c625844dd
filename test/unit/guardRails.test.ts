import assert from "node:assert/strict";
import deepmerge from "deepmerge";
import { parseStackConfig } from "../../components/config/stackConfig";
import { FlaskAppValues, StackConfig } from "../../components/config/config.generated";
import { ConfigFault, InvalidConfigError, withFaults } from "../../components/config/configFault";
import { guardRailFaults, guardRails } from "../../components/checks/guardRails";
import { readStackFile, StackFileConfig, toProgramConfig } from "../../tools/lib/stackFiles";
import { Registration, runStack } from "../helpers/program";
import { secretIn, server } from "../helpers/stackConfig";

type Change = (config: StackFileConfig) => void;

/** Adds to the app's values; a list takes the place of the one before. */
function app(values: FlaskAppValues): Change {
  return (config) => {
    const before = config["flask-app:app"] as object;
    config["flask-app:app"] = deepmerge<object>(before, values, { arrayMerge: (_, given: unknown[]) => given });
  };
}

/** Changes the config of a database in the cluster. */
function database(key: "postgresql" | "redis", values: object): Change {
  return (config) => Object.assign((config[`flask-app:${key}`] as { inCluster: object }).inCluster, values);
}

/** Parses a stack's config as index.ts does. */
function parse(stack: string, config: StackFileConfig): StackConfig {
  const identity = { stack, project: "flask-app" };
  const encryption = secretIn(...("external" in (config["flask-app:postgresql"] as object) ? ["postgresql"] : []));
  const parsed = parseStackConfig(identity, toProgramConfig(config), encryption);
  const faults = withFaults(parsed.faults, guardRailFaults(stack, parsed.config));
  if (faults.length > 0) {
    throw new InvalidConfigError(identity, faults);
  }
  return parsed.config;
}

function faultsOf(stack: string, change: Change): ConfigFault[] {
  const { config } = readStackFile(stack === "canary" ? "production" : stack);
  change(config);
  try {
    parse(stack, config);
  } catch (error) {
    assert.ok(error instanceof InvalidConfigError, String(error));
    return error.faults;
  }
  return [];
}

const noVersion = "accepted: the tag of a version, or a digest: a floating tag can deploy an unreleased image";
const fetch = { enabled: true, image: "busybox:latest", command: ["true"] };
const paths: [{ path: string; pathType: "Prefix" }] = [{ path: "/", pathType: "Prefix" }];
const hosts = [
  { host: "api.example.com", paths },
  { host: "www.example.com", paths },
];

type BrokenRail = [title: string, change: Change, path: string, problem: string];
const broken: Record<string, BrokenRail[]> = {
  "production-environment": [
    [
      "another environment",
      app({ flask: { env: "staging" } }),
      "app.flask.env",
      `found "staging", accepted: production, like the stack's name`,
    ],
  ],
  "fixed-images": [
    ["the tag latest", app({ image: { tag: "latest" } }), "app.image.tag", `found "latest", ${noVersion}`],
    ["the tag dev", app({ image: { tag: "dev" } }), "app.image.tag", `found "dev", ${noVersion}`],
    ["staging's tag", app({ image: { tag: "staging" } }), "app.image.tag", `found "staging", ${noVersion}`],
    ["no tag", app({ image: { tag: "" } }), "app.image.tag", `found "", ${noVersion}`],
    [
      "an init container's image without a tag",
      app({ initContainers: [{ name: "wait", image: "registry.example.com:5000/wait" }] }),
      "app.initContainers[0].image",
      `found "", ${noVersion}`,
    ],
    [
      "a sidecar's tag latest",
      app({
        sidecars: [
          { name: "proxy", image: "envoy:v1.30.1" },
          { name: "log", image: "fluent-bit:latest" },
        ],
      }),
      "app.sidecars[1].image",
      `found "latest", ${noVersion}`,
    ],
    [
      "the tag latest of the image that fetches the model",
      app({ mlModel: { enabled: true, volume: { type: "emptyDir" }, fetch } }),
      "app.mlModel.fetch.image",
      `found "latest", ${noVersion}`,
    ],
    [
      "a database's tag latest",
      database("redis", { image: { tag: "latest" } }),
      "redis.inCluster.image.tag",
      `found "latest", ${noVersion}`,
    ],
  ],
  "survives-a-node": [
    [
      "a minimum of one pod",
      app({ autoscaling: { minReplicas: 1 } }),
      "app.autoscaling.minReplicas",
      "found 1, accepted: at least 2: the app is down while its only pod moves to another node",
    ],
    [
      "one pod without autoscaling",
      app({ replicaCount: 1, autoscaling: { enabled: false } }),
      "app.replicaCount",
      "found 1, accepted: at least 2: the app is down while its only pod moves to another node",
    ],
    [
      "no disruption budget",
      app({ podDisruptionBudget: { enabled: false } }),
      "app.podDisruptionBudget.enabled",
      "found false, accepted: true: without a budget, a drain may evict every pod at once",
    ],
    [
      "a disruption budget of no pod",
      app({ podDisruptionBudget: { minAvailable: "0%" } }),
      "app.podDisruptionBudget.minAvailable",
      'found "0%", accepted: at least 1: without a budget, a drain may evict every pod at once',
    ],
    [
      "pods that may all run on one node",
      (config) => delete (config["flask-app:app"] as FlaskAppValues).topologySpreadConstraints,
      "app.topologySpreadConstraints",
      "found none, accepted: one by kubernetes.io/hostname, or a rule in app.affinity.podAntiAffinity: otherwise one node may run every pod",
    ],
  ],
  "resources-set": [
    [
      "a database that reserves no CPU",
      database("postgresql", { resources: { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } } }),
      "postgresql.inCluster.resources.requests.cpu",
      "is missing, accepted: a quantity, such as 250m: without it, the pod has no guaranteed CPU",
    ],
    [
      "a database that reserves no memory",
      database("redis", { resources: { requests: { cpu: "1" }, limits: { memory: "1Gi" } } }),
      "redis.inCluster.resources.requests.memory",
      "is missing, accepted: a quantity, such as 256Mi: without it, the pod is evicted first when its node runs out",
    ],
    [
      "a database without a memory limit",
      database("redis", { resources: { requests: { cpu: "1", memory: "1Gi" } } }),
      "redis.inCluster.resources.limits.memory",
      "is missing, accepted: a quantity, such as 512Mi: without it, the pod may use all of its node's memory",
    ],
  ],
  "ingress-tls": [
    [
      "an Ingress without a certificate",
      app({ ingress: { hosts, tls: [] } }),
      "app.ingress.tls",
      "found no certificate for api.example.com, www.example.com, accepted: one for every host: without it, traffic can be read in transit",
    ],
    [
      "a host that the certificate does not cover",
      app({ ingress: { hosts } }),
      "app.ingress.tls",
      "found no certificate for www.example.com, accepted: one for every host: without it, traffic can be read in transit",
    ],
  ],
  "data-kept": [
    [
      "databases that can be destroyed",
      (config) => (config["flask-app:protect"] = false),
      "protect",
      "found false, accepted: true: pulumi destroy would delete the data of postgresql and redis, which is in the cluster",
    ],
    [
      "a PostgreSQL without backups",
      (config) => delete (config["flask-app:postgresql"] as { inCluster: { backup?: object } }).inCluster.backup,
      "postgresql.inCluster.backup",
      "is missing, accepted: schedule, keepDays and storage: without a backup, data deleted by mistake is lost",
    ],
  ],
  "no-debug": [
    [
      "Flask's debugger",
      app({ flask: { debug: true } }),
      "app.flask.debug",
      "found true, accepted: false: the debugger runs any code that it is sent",
    ],
  ],
  "least-privilege": [
    [
      "a laxer Pod Security Standard",
      (config) => (config["flask-app:podSecurity"] = "baseline"),
      "podSecurity",
      'found "baseline", accepted: restricted: other standards let pods run as root',
    ],
    [
      "no network policy",
      app({ networkPolicy: { enabled: false } }),
      "app.networkPolicy.enabled",
      "found false, accepted: true: without a policy, every pod may connect to the app",
    ],
    [
      "a token for the Kubernetes API",
      app({ automountServiceAccountToken: true }),
      "app.automountServiceAccountToken",
      "found true, accepted: false: the app does not use the Kubernetes API",
    ],
    [
      "a writable root file system",
      app({ securityContext: { readOnlyRootFilesystem: false } }),
      "app.securityContext.readOnlyRootFilesystem",
      "found false, accepted: true: an attacker could change the app's own files",
    ],
  ],
  probed: [
    [
      "a probe that is off",
      app({ healthCheck: { livenessProbe: { enabled: false } } }),
      "app.healthCheck.livenessProbe.enabled",
      "found false, accepted: true: without the probe, a pod that hangs keeps getting requests",
    ],
    [
      "a probe that any server answers",
      app({ healthCheck: { readinessProbe: { path: "/" } } }),
      "app.healthCheck.readinessProbe.path",
      'found "/", accepted: a path of its own, such as /health: any server answers /',
    ],
  ],
};

describe("The guard rails of production", () => {
  it("accept the stack as its file configures it", () => {
    assert.deepEqual(
      faultsOf("production", () => undefined),
      [],
    );
  });

  it("are all tested here", () => {
    assert.deepEqual(
      guardRails.map(({ name }) => name),
      Object.keys(broken),
    );
  });

  for (const [rail, cases] of Object.entries(broken)) {
    for (const [title, change, path, problem] of cases) {
      it(`refuse ${title} (${rail})`, () => {
        assert.deepEqual(faultsOf("production", change), [
          { path: `flask-app:${path}`, problem: `${problem} (guard rail of production: ${rail})` },
        ]);
      });
    }
  }

  const digest = `sha256:${"0".repeat(64)}`;
  const antiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }],
  };
  const fine: [title: string, change: Change][] = [
    ["a moving tag with a digest", app({ image: { tag: "latest", digest } })],
    ["a sidecar by its digest", app({ sidecars: [{ name: "log", image: `fluent-bit@${digest}` }] })],
    [
      "a database's moving tag with a digest",
      (config) => {
        const { inCluster } = config["flask-app:redis"] as { inCluster: object };
        Object.assign(inCluster, { image: { repository: "redis", tag: "latest", digest } });
      },
    ],
    ["the image of a disabled fetch", app({ mlModel: { fetch: { image: "busybox:latest" } } })],
    [
      "anti-affinity instead of topology spread",
      app({ affinity: { podAntiAffinity: antiAffinity }, topologySpreadConstraints: [] }),
    ],
    ["a wildcard certificate", app({ ingress: { hosts, tls: [{ secretName: "tls", hosts: ["*.example.com"] }] } })],
    ["no certificate without an Ingress", app({ ingress: { enabled: false, tls: [] } })],
    [
      "unprotected databases outside the cluster",
      (config) => {
        config["flask-app:protect"] = false;
        config["flask-app:postgresql"] = { external: server };
        config["flask-app:redis"] = { external: { host: "redis.example.com" } };
      },
    ],
  ];
  for (const [title, change] of fine) {
    it(`accept ${title}`, () => {
      assert.deepEqual(faultsOf("production", change), []);
    });
  }

  it("apply to a stack of any name that runs as production, the chart's default", () => {
    const change: Change = (config) => {
      app({ flask: { debug: true } })(config);
      delete (config["flask-app:app"] as FlaskAppValues).flask!.env;
    };
    assert.deepEqual(
      faultsOf("canary", change).map(({ path }) => path),
      ["flask-app:app.flask.debug"],
    );
  });

  it("do not apply to other stacks", () => {
    assert.deepEqual(faultsOf("dev", app({ image: { tag: "latest" } })), []);
    assert.deepEqual(faultsOf("staging", app({ flask: { debug: true } })), []);
  });

  it("are listed all at once, one fault a value, before anything is registered", async () => {
    const registrations: Registration[] = [];
    const change: Change = (config) => {
      config["flask-app:protect"] = false;
      app({
        existingSecret: "mine",
        image: { tag: "latest" },
        flask: { debug: true },
        podDisruptionBudget: { minAvailable: 0 },
      })(config);
    };
    await assert.rejects(runStack("production", change, { registrations }), (error: Error) => {
      assert.deepEqual(
        error.message.split("\n").map((line) => line.replace(/: found.*|: must.*/, "")),
        [
          "Pulumi.production.yaml has 5 faults; nothing was changed:",
          "  flask-app:app.existingSecret",
          "  flask-app:app.image.tag",
          "  flask-app:app.podDisruptionBudget.minAvailable",
          "  flask-app:protect",
          "  flask-app:app.flask.debug",
        ],
      );
      return true;
    });
    assert.deepEqual(registrations, []);
  });
});
