import type { LiveRelease } from "../cluster/liveReleases";
import { StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";
import { releaseNames } from "../config/releaseNames";
import { postgresqlDataValues } from "../postgresql";
import { redisDataValues } from "../redis";

/**
 * Finds where the config differs from what the running databases were created with: the claim template of a StatefulSet
 * is immutable, and PostgreSQL creates its user and database only at its first start.
 */
export function dataFaults(releases: Map<string, LiveRelease>, config: StackConfig): ConfigFault[] {
  const { postgresql, redis } = releaseNames(config);
  return [
    ...databaseFaults("postgresql", config, releases.get(postgresql), postgresqlDataValues),
    ...databaseFaults("redis", config, releases.get(redis), redisDataValues),
  ];
}

const howToAllow =
  "docs/runbook.md says how to move the data; then, or if you do not need it, set flask-app:allowDataChange to true for one deployment";

function databaseFaults(
  key: "postgresql" | "redis",
  { [key]: { inCluster }, namespace, allowDataChange }: StackConfig,
  release: LiveRelease | undefined,
  dataValues: Record<string, string[]>,
): ConfigFault[] {
  if (release?.failedInstall) {
    const again = `helm uninstall ${release.name} --namespace ${namespace} --wait; kubectl delete pvc --namespace ${namespace} --selector app.kubernetes.io/instance=${release.name}; pulumi up --refresh`;
    return changedValues(key, inCluster, release.failedInstall, dataValues).map(({ path, wanted, found }) => ({
      path,
      problem: `found ${wanted}, but the first installation, which failed, used ${found}, which an upgrade cannot change; the database was never ready, so start again: ${again}`,
    }));
  }
  if (!release?.lastDeployed || allowDataChange) {
    return [];
  }
  if (!inCluster) {
    const problem = `would delete the database that runs in the cluster, with its data; ${howToAllow}`;
    return [{ path: `${key}.external`, problem }];
  }
  return changedValues(key, inCluster, release.lastDeployed.values, dataValues).map(({ path, wanted, found }) => ({
    path,
    problem: `found ${wanted}, but the running database was created with ${found}, which an upgrade cannot change; ${howToAllow}`,
  }));
}

/** The settings of a database that differ from those it was installed with, as JSON. */
function changedValues(
  key: string,
  inCluster: object | undefined,
  installed: Record<string, unknown>,
  dataValues: Record<string, string[]>,
): { path: string; wanted: string; found: string }[] {
  return Object.entries(inCluster ? dataValues : {})
    .map(([path, chartPath]) => ({
      path: `${key}.inCluster.${path}`,
      wanted: JSON.stringify(valueAt(inCluster, path.split(".")) ?? ""),
      found: JSON.stringify(valueAt(installed, chartPath) ?? ""),
    }))
    .filter(({ wanted, found }) => wanted !== found);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], value);
}
