import type { LiveRelease } from "../cluster/liveReleases";
import { valueAt } from "../config/chartValues";
import { StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";
import { releaseNames } from "../config/releaseNames";
import { imageReference } from "../image";
import { databaseAnnotation, postgresqlDataValues, postgresqlImage } from "../postgresql";
import { redisDataValues, redisImage } from "../redis";
import { imageChange, refusedImage } from "./imageChange";

/**
 * Finds where the config differs from what the running databases were created with: the claim template of a StatefulSet
 * is immutable, an image of another family needs a decision, and in another database the app finds none of its data.
 * PostgreSQL's user may change: a Job hands the database over.
 */
export function dataFaults(releases: Map<string, LiveRelease>, config: StackConfig): ConfigFault[] {
  const { postgresql, redis } = releaseNames(config);
  return [
    ...databaseFaults("postgresql", config, releases.get(postgresql)),
    ...databaseFaults("redis", config, releases.get(redis)),
  ];
}

const databases = {
  postgresql: { dataValues: postgresqlDataValues, defaultImage: postgresqlImage },
  redis: { dataValues: redisDataValues, defaultImage: redisImage },
};

const howToAllow =
  "docs/runbook.md says how to move the data; then, or if you do not need it, set flask-app:allowDataChange to true for one deployment";

function databaseFaults(
  key: "postgresql" | "redis",
  { [key]: { inCluster }, namespace, allowDataChange }: StackConfig,
  release: LiveRelease | undefined,
): ConfigFault[] {
  const { dataValues, defaultImage } = databases[key];
  if (release?.failedInstall) {
    const again = `helm uninstall ${release.name} --namespace ${namespace} --wait; kubectl delete pvc --namespace ${namespace} --selector app.kubernetes.io/instance=${release.name}; pulumi up --refresh`;
    const values = release.failedInstall;
    const change = inCluster && imageChange(key, inCluster, defaultImage, values);
    return [
      ...changedValues(key, inCluster, values, dataValues),
      ...(change
        ? [
            {
              path: `${key}.inCluster.image`,
              wanted: imageReference(change.wanted),
              found: imageReference(change.found),
            },
          ]
        : []),
    ].map(({ path, wanted, found }) => ({
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
  const { values } = release.lastDeployed;
  const change = imageChange(key, inCluster, defaultImage, values);
  const problem = change && refusedImage(key, inCluster.adoptVolume, change);
  return [
    ...changedValues(key, inCluster, values, dataValues).map(({ path, wanted, found }) => ({
      path,
      problem: `found ${wanted}, but the running database was created with ${found}, which an upgrade cannot change; ${howToAllow}`,
    })),
    ...(problem ? [{ path: `${key}.inCluster.image`, problem }] : []),
    ...("database" in inCluster ? databaseNameFaults(inCluster.database, values) : []),
  ];
}

/** Nothing is lost in a database that the app no longer uses, but the app would start again without its data. */
function databaseNameFaults(wanted: string, installed: Record<string, unknown>): ConfigFault[] {
  // Earlier versions of the program set only the chart's own value.
  const found =
    valueAt(installed, ["primary", "annotations", databaseAnnotation]) ?? valueAt(installed, ["auth", "database"]);
  return typeof found !== "string" || found === "" || found === wanted
    ? []
    : [
        {
          path: "postgresql.inCluster.database",
          problem: `found "${wanted}", but the app's data is in "${found}"; "${wanted}" would be a new, empty database next to it; ${howToAllow}`,
        },
      ];
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
