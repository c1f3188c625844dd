import * as path from "path";
import { readYaml } from "../../components/config/yamlFile";
import { projectFolder } from "./paths";
import { StackFile, StackFileConfig } from "./stackFiles";

/** The databases that have a stand-in chart, by their folders in sandbox/charts. */
const databases = ["postgresql", "redis"] as const;

/** Name of a database that has a stand-in chart. */
export type StandInDatabase = (typeof databases)[number];

/** The chart that stands in for a database's Bitnami chart, as the config names a chart. Both have the same version. */
export function standInChart(database: StandInDatabase): { reference: string; version: string } {
  const reference = `./sandbox/charts/${database}`;
  const { version } = readYaml(path.join(projectFolder, reference, "Chart.yaml")) as { version: string };
  return { reference, version };
}

/**
 * A stack with charts that can be reached. If it needs charts of the Bitnami registry and that does not answer, the
 * charts in sandbox/charts stand in for them.
 *
 * @param say Prints a note about that.
 */
export async function withReachableCharts(file: StackFile, say: (note: string) => void): Promise<StackFile> {
  if (bitnamiDatabases(file.config).length === 0 || (await isRegistryReachable())) {
    return file;
  }
  say("The Bitnami registry cannot be reached: the charts in sandbox/charts stand in for PostgreSQL and Redis.");
  return withStandInCharts(file);
}

/** A stack with the charts in sandbox/charts in place of those from the Bitnami registry. */
export function withStandInCharts(file: StackFile): StackFile {
  const standIns = bitnamiDatabases(file.config).map((database) => {
    const key = `flask-app:${database}`;
    const { inCluster } = file.config[key] as { inCluster: object };
    return [key, { inCluster: { ...inCluster, chart: standInChart(database) } }];
  });
  return { ...file, config: { ...file.config, ...(Object.fromEntries(standIns) as StackFileConfig) } };
}

/** Databases whose config names no chart: the program uses the Bitnami chart for them. */
function bitnamiDatabases(config: StackFileConfig): StandInDatabase[] {
  return databases.filter((database) => {
    const settings = config[`flask-app:${database}`] as { inCluster?: { chart?: unknown } } | undefined;
    return typeof settings?.inCluster === "object" && settings.inCluster !== null && !settings.inCluster.chart;
  });
}

async function isRegistryReachable(): Promise<boolean> {
  // Any answer will do: without a login it is 401.
  const answer = fetch("https://registry-1.docker.io/v2/", { signal: AbortSignal.timeout(5000) });
  return (await answer.catch(() => undefined)) !== undefined;
}
