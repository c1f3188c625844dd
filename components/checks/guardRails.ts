import { ChartValues, withChartDefaults } from "../config/chartValues";
import { DatabaseResources, ImageSource, StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";
import { hasCertificate } from "../ingress";

/** A stack as the guard rails see it. */
interface GuardedStack {
  config: StackConfig;
  /** The app's values with every default of the chart filled in. */
  app: ChartValues;
  /** The databases in the cluster, by their keys in the config. */
  databases: Record<string, { image?: ImageSource; resources?: DatabaseResources }>;
}

/** A rule for production. A valid config can still break it. */
export interface GuardRail {
  /** Lower-case words, joined by hyphens. */
  name: string;
  /** What the rail guarantees. */
  description: string;
  /** Finds what breaks the rail. */
  faults: (stack: GuardedStack) => ConfigFault[];
}

/** The guard rails of production. */
export const guardRails: GuardRail[] = [
  {
    name: "production-environment",
    description: "The stack named production runs the app as production.",
    faults: ({ app: { flask } }) =>
      flask.env === "production" ? [] : [fault("app.flask.env", flask.env, "production, like the stack's name")],
  },
  {
    name: "fixed-images",
    description: "No pod runs an image by a floating tag.",
    faults: movingImages,
  },
  {
    name: "survives-a-node",
    description: "The app keeps serving when a node is drained or lost.",
    faults: ({ app }) => [...tooFewPods(app), ...unfitBudget(app), ...unspreadPods(app)],
  },
  {
    name: "resources-set",
    description: "Every pod reserves CPU and memory, and has a memory limit.",
    faults: ({ app, databases }) => [
      ...missingResources("app.resources", app.resources),
      ...Object.entries(databases).flatMap(([key, { resources }]) =>
        missingResources(`${key}.inCluster.resources`, resources),
      ),
    ],
  },
  {
    name: "ingress-tls",
    description: "Every host of the Ingress has a certificate.",
    faults: hostsWithoutCertificate,
  },
  {
    name: "data-kept",
    description: "Databases in the cluster are protected from `pulumi destroy`, and PostgreSQL has backups.",
    faults: (stack) => [...unprotectedData(stack), ...dataWithoutBackup(stack)],
  },
  {
    name: "no-debug",
    description: "Flask's debugger is off.",
    faults: ({ app: { flask } }) =>
      flask.debug ? [fault("app.flask.debug", true, "false: the debugger runs any code that it is sent")] : [],
  },
  {
    name: "least-privilege",
    description:
      "The app's pods have no rights on the node, the network or the Kubernetes API beyond what serving needs.",
    faults: needlessPrivileges,
  },
  {
    name: "probed",
    description: "Kubernetes probes the app itself.",
    faults: ({ app }) => [...weakProbe(app, "livenessProbe"), ...weakProbe(app, "readinessProbe")],
  },
];

/**
 * Finds everything in the config of a production stack that breaks a guard rail; each fault names the rail. A stack is
 * production if it is named `production`, or if its app runs as production.
 */
export function guardRailFaults(stack: string, config: StackConfig): ConfigFault[] {
  const app = withChartDefaults(config.app);
  if (stack !== "production" && app.flask.env !== "production") {
    return [];
  }
  const { postgresql, redis } = config;
  const databases = {
    ...(postgresql.inCluster && { postgresql: postgresql.inCluster }),
    ...(redis.inCluster && { redis: redis.inCluster }),
  };
  return guardRails.flatMap(({ name, faults }) =>
    faults({ config, app, databases }).map(({ path, problem }) => ({
      path,
      problem: `${problem} (guard rail of production: ${name})`,
    })),
  );
}

function fault(path: string, found: unknown, accepted: string): ConfigFault {
  return { path, problem: `found ${JSON.stringify(found)}, accepted: ${accepted}` };
}

/** Tags that move: `latest`, which an image without a tag means, too, and those of dev and staging. */
const movingTags = ["", "latest", "dev", "staging"];

/** An image's path in the config, and its tag: empty if it has none, undefined if a digest or a default fixes it. */
type TaggedImage = [path: string, tag: string | undefined];

function movingImages({ app, databases }: GuardedStack): ConfigFault[] {
  const { image, initContainers, sidecars, mlModel } = app;
  const images: TaggedImage[] = [
    ["app.image.tag", image.digest ? undefined : image.tag],
    ...initContainers.map((container, index) => taggedImage(`app.initContainers[${index}].image`, container.image)),
    ...sidecars.map((container, index) => taggedImage(`app.sidecars[${index}].image`, container.image)),
    ...(mlModel.enabled && mlModel.fetch.enabled ? [taggedImage("app.mlModel.fetch.image", mlModel.fetch.image)] : []),
    ...Object.entries(databases).map(([key, { image = {} }]): TaggedImage => [
      `${key}.inCluster.image.tag`,
      image.digest ? undefined : image.tag,
    ]),
  ];
  return images
    .filter(([, tag]) => tag !== undefined && movingTags.includes(tag))
    .map(([path, tag]) =>
      fault(path, tag, "the tag of a version, or a digest: a floating tag can deploy an unreleased image"),
    );
}

function taggedImage(path: string, image: unknown): TaggedImage {
  const reference = String(image);
  return [path, reference.includes("@") ? undefined : (/:([^/]*)$/.exec(reference)?.[1] ?? "")];
}

function tooFewPods({ autoscaling, replicaCount }: ChartValues): ConfigFault[] {
  const [path, fewest] = autoscaling.enabled
    ? ["app.autoscaling.minReplicas", autoscaling.minReplicas]
    : ["app.replicaCount", replicaCount];
  return fewest < 2
    ? [fault(path, fewest, "at least 2: the app is down while its only pod moves to another node")]
    : [];
}

/** A budget that blocks every drain is the chart's own fault; see its _validate.tpl. */
function unfitBudget({ podDisruptionBudget: { enabled, minAvailable } }: ChartValues): ConfigFault[] {
  const reason = "without a budget, a drain may evict every pod at once";
  if (!enabled) {
    return [fault("app.podDisruptionBudget.enabled", false, `true: ${reason}`)];
  }
  return parseInt(String(minAvailable), 10) === 0
    ? [fault("app.podDisruptionBudget.minAvailable", minAvailable, `at least 1: ${reason}`)]
    : [];
}

function unspreadPods({ affinity, topologySpreadConstraints }: ChartValues): ConfigFault[] {
  const antiAffinity = Object.values((affinity.podAntiAffinity ?? {}) as Record<string, unknown[]>);
  return [...antiAffinity.flat(), ...topologySpreadConstraints].length === 0
    ? [
        {
          path: "app.topologySpreadConstraints",
          problem:
            "found none, accepted: one by kubernetes.io/hostname, or a rule in app.affinity.podAntiAffinity: otherwise one node may run every pod",
        },
      ]
    : [];
}

const neededResources = [
  { kind: "requests", name: "cpu", example: "250m", without: "the pod has no guaranteed CPU" },
  { kind: "requests", name: "memory", example: "256Mi", without: "the pod is evicted first when its node runs out" },
  { kind: "limits", name: "memory", example: "512Mi", without: "the pod may use all of its node's memory" },
] as const;

function missingResources(path: string, resources: DatabaseResources = {}): ConfigFault[] {
  return neededResources
    .filter(({ kind, name }) => !resources[kind]?.[name])
    .map(({ kind, name, example, without }) => ({
      path: `${path}.${kind}.${name}`,
      problem: `is missing, accepted: a quantity, such as ${example}: without it, ${without}`,
    }));
}

function hostsWithoutCertificate({ app: { ingress } }: GuardedStack): ConfigFault[] {
  const bare = ingress.enabled ? ingress.hosts.filter(({ host }) => !hasCertificate(ingress, host)) : [];
  return bare.length > 0
    ? [
        {
          path: "app.ingress.tls",
          problem: `found no certificate for ${bare.map(({ host }) => host).join(", ")}, accepted: one for every host: without it, traffic can be read in transit`,
        },
      ]
    : [];
}

function unprotectedData({ config, databases }: GuardedStack): ConfigFault[] {
  const names = Object.keys(databases);
  return names.length > 0 && !config.protect
    ? [
        fault(
          "protect",
          false,
          `true: pulumi destroy would delete the data of ${names.join(" and ")}, which is in the cluster`,
        ),
      ]
    : [];
}

function dataWithoutBackup({ config: { postgresql } }: GuardedStack): ConfigFault[] {
  return postgresql.inCluster && !postgresql.inCluster.backup
    ? [
        {
          path: "postgresql.inCluster.backup",
          problem:
            "is missing, accepted: schedule, keepDays and storage: without a backup, data deleted by mistake is lost",
        },
      ]
    : [];
}

function needlessPrivileges({ config, app }: GuardedStack): ConfigFault[] {
  const readOnly = app.securityContext.readOnlyRootFilesystem ?? app.hardened;
  const settings: [path: string, found: unknown, safe: unknown, reason: string][] = [
    ["podSecurity", config.podSecurity, "restricted", "other standards let pods run as root"],
    [
      "app.networkPolicy.enabled",
      app.networkPolicy.enabled,
      true,
      "without a policy, every pod may connect to the app",
    ],
    [
      "app.automountServiceAccountToken",
      app.automountServiceAccountToken,
      false,
      "the app does not use the Kubernetes API",
    ],
    ["app.securityContext.readOnlyRootFilesystem", readOnly, true, "an attacker could change the app's own files"],
  ];
  return settings
    .filter(([, found, safe]) => found !== safe)
    .map(([path, found, safe, reason]) => fault(path, found ?? null, `${String(safe)}: ${reason}`));
}

function weakProbe({ healthCheck }: ChartValues, name: "livenessProbe" | "readinessProbe"): ConfigFault[] {
  const { enabled, path } = healthCheck[name];
  if (!enabled) {
    const reason = "without the probe, a pod that hangs keeps getting requests";
    return [fault(`app.healthCheck.${name}.enabled`, false, `true: ${reason}`)];
  }
  return path === "/"
    ? [fault(`app.healthCheck.${name}.path`, path, "a path of its own, such as /health: any server answers /")]
    : [];
}
