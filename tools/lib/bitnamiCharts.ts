import { StackFile, StackFileConfig } from "./stackFiles";

/** Versions of the charts in sandbox/charts: those of the Bitnami charts that they stand in for. */
const standInVersions: Record<string, string> = {
  "flask-app:postgresql": "12.12.10",
  "flask-app:redis": "17.17.1",
};

/**
 * Has the stand-in charts in sandbox/charts taken, and says so, where a stack needs charts of the Bitnami registry and
 * that does not answer.
 */
export async function withReachableCharts(file: StackFile, say: (note: string) => void): Promise<StackFile> {
  if (bitnamiDatabases(file.config).length === 0 || (await isRegistryReachable())) {
    return file;
  }
  say("The Bitnami registry cannot be reached: the charts in sandbox/charts stand in for PostgreSQL and Redis.");
  return withStandInCharts(file);
}

/** Has the databases that would come from the Bitnami registry installed from the stand-in charts in sandbox/charts. */
export function withStandInCharts(file: StackFile): StackFile {
  const standIns = bitnamiDatabases(file.config).map((key) => {
    const { inCluster } = file.config[key] as { inCluster: object };
    const chart = { reference: `./sandbox/charts/${key.split(":")[1]}`, version: standInVersions[key] };
    return [key, { inCluster: { ...inCluster, chart } }];
  });
  return { ...file, config: { ...file.config, ...(Object.fromEntries(standIns) as StackFileConfig) } };
}

/** Databases whose config names no chart of its own, so that the program takes the Bitnami chart. */
function bitnamiDatabases(config: StackFileConfig): string[] {
  return Object.keys(standInVersions).filter((key) => {
    const database = config[key] as { inCluster?: { chart?: unknown } } | undefined;
    return typeof database?.inCluster === "object" && database.inCluster !== null && !database.inCluster.chart;
  });
}

async function isRegistryReachable(): Promise<boolean> {
  try {
    // Any answer will do: without a login it is 401.
    await fetch("https://registry-1.docker.io/v2/", { signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  }
}
