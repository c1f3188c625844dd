import type { ClusterSettings } from "../cluster/cluster";
import type { LiveRelease } from "../cluster/liveReleases";
import { StackConfig } from "../config/config.generated";
import { ConfigFault, InvalidConfigError, StackIdentity } from "../config/configFault";
import { Refusal } from "../config/refusal";
import { releaseNames } from "../config/releaseNames";
import { runsOnMocks } from "../mocks";
import { postgresqlDataValues } from "../postgresql";
import { redisDataValues } from "../redis";

/**
 * Checks, before anything changes, what neither the engine nor the Kubernetes provider looks at: that the cluster answers
 * (a preview without it is green), that no killed run left a release half-done (`pulumi up` may take it for unchanged),
 * and that the databases keep their data.
 *
 * Does nothing on Pulumi mocks, which have no cluster.
 *
 * @throws {Refusal} With what is wrong, and the commands that fix it.
 */
export async function checkCluster(
  identity: StackIdentity,
  config: StackConfig,
  settings: ClusterSettings,
): Promise<void> {
  if (runsOnMocks()) {
    return;
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ clusterOf }, { liveReleases }] = await Promise.all([
    import("../cluster/cluster"),
    import("../cluster/liveReleases"),
  ]);
  const releases = await liveReleases(clusterOf(settings), config.namespace);
  const commands = recoveryCommands(releases, config);
  if (commands.length > 0) {
    throw new Refusal(
      [
        "A deployment is running, or one was cut off and left a release half-done. If none is running, run this and try again:",
        ...commands.map((command) => `  ${command}`),
      ].join("\n"),
    );
  }
  const faults = dataFaults(releases, config);
  if (faults.length > 0) {
    throw new InvalidConfigError(identity, faults);
  }
}

/** Commands after which Helm accepts the stack's half-done releases again; none if there is no such release. */
export function recoveryCommands(releases: Map<string, LiveRelease>, config: StackConfig): string[] {
  return Object.values(releaseNames(config))
    .map((name) => releases.get(name))
    .filter((release) => release !== undefined)
    .filter(isHalfDone)
    .map((release) => recoveryCommand(release, config.namespace));
}

function isHalfDone({ status }: LiveRelease): boolean {
  return status.startsWith("pending-") || status === "uninstalling";
}

function recoveryCommand({ name, lastDeployed, status }: LiveRelease, namespace: string): string {
  return lastDeployed && status !== "uninstalling"
    ? `helm rollback ${name} ${lastDeployed.revision} --namespace ${namespace} --wait`
    : `helm uninstall ${name} --namespace ${namespace} --wait`;
}

/**
 * Finds where the config differs from what the running databases were created with: the claim template of a StatefulSet
 * is immutable, and PostgreSQL creates its user and database only at its first start.
 */
export function dataFaults(releases: Map<string, LiveRelease>, config: StackConfig): ConfigFault[] {
  if (config.allowDataChange) {
    return [];
  }
  const { postgresql, redis } = releaseNames(config);
  return [
    ...databaseFaults("postgresql", config.postgresql, releases.get(postgresql), postgresqlDataValues),
    ...databaseFaults("redis", config.redis, releases.get(redis), redisDataValues),
  ];
}

const howToAllow =
  "docs/runbook.md says how to move the data; once it is moved, or if you can lose it: set flask-app:allowDataChange to true for one deployment";

function databaseFaults(
  key: string,
  { inCluster }: { inCluster?: object },
  release: LiveRelease | undefined,
  dataValues: Record<string, string[]>,
): ConfigFault[] {
  const live = release?.lastDeployed?.values;
  if (!live) {
    return [];
  }
  if (!inCluster) {
    const problem = `would delete the database that runs in the cluster, with its data; ${howToAllow}`;
    return [{ path: `${key}.external`, problem }];
  }
  return Object.entries(dataValues)
    .map(([path, chartPath]) => ({
      path: `${key}.inCluster.${path}`,
      wanted: valueAt(inCluster, path.split(".")) ?? "",
      found: valueAt(live, chartPath) ?? "",
    }))
    .filter(({ wanted, found }) => wanted !== found)
    .map(({ path, wanted, found }) => ({
      path,
      problem: `found ${JSON.stringify(wanted)}, but the running database was created with ${JSON.stringify(found)}, which an upgrade cannot change; ${howToAllow}`,
    }));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], value);
}
