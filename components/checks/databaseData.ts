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
  "docs/runbook.md says how to move the data; then, or if you do not need it, set flask-app:allowDataChange to true for one deployment";

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
