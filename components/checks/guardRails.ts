import { ChartValues, fewestPods, fewestPodsKey, podsKept } from "../config/chartValues";
import { StackConfig } from "../config/config.generated";
import { ConfigFault, StackIdentity } from "../config/configFault";
import { Baseline, GuardedDatabase, guardedConfig, GuardedStack, isProduction } from "./guardedStack";
import { hasCertificate } from "../ingress";
import { weakerThanStaging } from "./stagingComparison";
import { readStaging } from "./stagingFile";

/** A rule for production. A config with only valid values may still break it. */
export interface GuardRail {
  /** Lower-case words, joined by hyphens. */
  name: string;
  /** What the rail guarantees. */
  description: string;
  /**
   * Finds what breaks the rail.
   *
   * @param stack A production stack.
   * @param staging The staging stack; undefined if there is none.
   */
  faults: (stack: GuardedStack, staging: Baseline | undefined) => ConfigFault[];
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
    description: "No pod runs an image by a moving tag.",
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
    description:
      "Databases in the cluster have volumes and are protected from `pulumi destroy`; PostgreSQL has backups.",
    faults: ({ databases }) => [
      ...volatileData(databases),
      ...unprotectedData(databases),
      ...dataWithoutBackup(databases),
    ],
  },
  {
    name: "no-debug",
    description: "Flask's debugger is off.",
    faults: ({ app: { flask } }) =>
      flask.debug ? [fault("app.flask.debug", true, "false: the debugger runs any code that it is sent")] : [],
  },
  {
    name: "not-weaker-than-staging",
    description: "Production is at least as safe as staging.",
    faults: (stack, staging) => (staging ? weakerThanStaging(stack, staging) : []),
  },
];

/** Finds everything in a production stack's config that breaks a guard rail; each fault names the rail. */
export function guardRailFaults({ stack, project }: StackIdentity, config: StackConfig): ConfigFault[] {
  const guarded = guardedConfig(stack, config);
  if (!isProduction(guarded)) {
    return [];
  }
  const staging = readStaging(project);
  return guardRails.flatMap(({ name, faults }) =>
    faults(guarded, staging).map(({ path, problem }) => ({
      path,
      problem: `${problem} (guard rail of production: ${name})`,
    })),
  );
}

function fault(path: string, found: unknown, accepted: string): ConfigFault {
  return { path, problem: `found ${JSON.stringify(found)}, accepted: ${accepted}` };
}

/** `latest`, which no tag means, too, and the tags that dev and staging run. */
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
    ...Object.entries(databases).map(([key, { imageTag }]): TaggedImage => [`${key}.inCluster.image.tag`, imageTag]),
  ];
  return images
    .filter(([, tag]) => tag !== undefined && movingTags.includes(tag))
    .map(([path, tag]) =>
      fault(path, tag, "the tag of a version, or a digest: a moving tag deploys what nobody released"),
    );
}

function taggedImage(path: string, image: unknown): TaggedImage {
  const reference = String(image);
  return [path, reference.includes("@") ? undefined : (/:([^/]*)$/.exec(reference)?.[1] ?? "")];
}

function tooFewPods(app: ChartValues): ConfigFault[] {
  const fewest = fewestPods(app);
  return fewest < 2
    ? [
        fault(
          `app.${fewestPodsKey(app)}`,
          fewest,
          "at least 2: the app is down while its only pod moves to another node",
        ),
      ]
    : [];
}

function unfitBudget(app: ChartValues): ConfigFault[] {
  const { enabled, minAvailable } = app.podDisruptionBudget;
  if (!enabled) {
    return [
      fault("app.podDisruptionBudget.enabled", false, "true: without a budget, a drain may evict every pod at once"),
    ];
  }
  const fewest = fewestPods(app);
  const kept = podsKept(app);
  return fewest > 1 && (kept < 1 || kept >= fewest)
    ? [
        fault(
          "app.podDisruptionBudget.minAvailable",
          minAvailable,
          `1 to ${fewest - 1} of the smallest number of pods, ${fewest}: a smaller budget may leave no pod, a larger one blocks every drain`,
        ),
      ]
    : [];
}

function unspreadPods({ affinity, topologySpreadConstraints }: ChartValues): ConfigFault[] {
  const antiAffinity = Object.values((affinity.podAntiAffinity ?? {}) as Record<string, unknown[]>);
  return [...antiAffinity.flat(), ...topologySpreadConstraints].length === 0
    ? [
        {
          path: "app.affinity.podAntiAffinity",
          problem:
            "found no rule, accepted: a preferred or a required one, or app.topologySpreadConstraints: otherwise one node may run every pod",
        },
      ]
    : [];
}

const neededResources = [
  { kind: "requests", name: "cpu", example: "250m", without: "the pod has no guaranteed CPU" },
  { kind: "requests", name: "memory", example: "256Mi", without: "the pod is evicted first when its node runs out" },
  { kind: "limits", name: "memory", example: "512Mi", without: "the pod may use all of its node's memory" },
] as const;

function missingResources(path: string, resources: GuardedDatabase["resources"]): ConfigFault[] {
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
          problem: `found no certificate for ${bare.map(({ host }) => host).join(", ")}, accepted: one for every host: without it, traffic can be read on its way`,
        },
      ]
    : [];
}

function volatileData(databases: GuardedStack["databases"]): ConfigFault[] {
  return Object.entries(databases)
    .filter(([, { persistent }]) => !persistent)
    .map(([key]) => ({
      path: `${key}.inCluster.storage`,
      problem: "found no volume, accepted: a volume: without it, the data is lost with the pod",
    }));
}

/** One fault for all databases, because `protect` is one value. */
function unprotectedData(databases: GuardedStack["databases"]): ConfigFault[] {
  const keys = Object.keys(databases).filter((key) => !databases[key].protected);
  return keys.length > 0
    ? [fault("protect", false, `true: destroy would delete the data of ${keys.join(" and ")}, which is in the cluster`)]
    : [];
}

function dataWithoutBackup(databases: GuardedStack["databases"]): ConfigFault[] {
  return Object.entries(databases)
    .filter(([, { backedUp }]) => backedUp === false)
    .map(([key]) => ({
      path: `${key}.inCluster.backup`,
      problem:
        "is missing, accepted: schedule, keepDays and storage: without a backup, data deleted by mistake is lost",
    }));
}
