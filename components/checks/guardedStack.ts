import { ChartValues, withChartDefaults } from "../config/chartValues";
import { DatabaseResources, StackConfig } from "../config/config.generated";

/** What is compared between production and staging. */
export interface Baseline {
  /** Pod Security Standard that the namespace enforces; undefined if it enforces none. */
  podSecurity?: string;
  /** Values of the app's chart. */
  app: ChartValues;
}

/** What the guard rails look at. */
export interface GuardedStack extends Baseline {
  /** Name of the stack, such as `production`. */
  name: string;
  /** The databases in the cluster, by their keys in the config. */
  databases: Record<string, GuardedDatabase>;
}

/** A database in the cluster. */
export interface GuardedDatabase {
  /** Tag of its image; undefined if a digest or the default image fixes it. */
  imageTag?: string;
  resources: DatabaseResources;
  /** Whether its data is in a volume. */
  persistent: boolean;
  /** Whether `pulumi destroy` refuses to delete it. */
  protected: boolean;
  /** Whether its data is backed up; undefined if it holds nothing that is worth a backup. */
  backedUp?: boolean;
}

/**
 * Extracts what the guard rails look at from a stack's config.
 *
 * @param name Name of the stack.
 * @param config Config that is valid.
 */
export function guardedConfig(name: string, config: StackConfig): GuardedStack {
  const databases: Record<string, GuardedDatabase> = {};
  for (const key of ["postgresql", "redis"] as const) {
    const { inCluster } = config[key];
    if (inCluster) {
      const { image, resources = {} } = inCluster;
      // The components always enable the volume.
      databases[key] = { imageTag: movableTag(image), resources, persistent: true, protected: config.protect };
    }
  }
  if (config.postgresql.inCluster) {
    databases.postgresql.backedUp = config.postgresql.inCluster.backup !== undefined;
  }
  return { name, podSecurity: config.podSecurity, app: withChartDefaults(config.app), databases };
}

/** Tag that an image is pulled by; undefined if a digest fixes it. */
function movableTag(image: { tag?: string; digest?: string } | undefined): string | undefined {
  return image?.digest ? undefined : image?.tag;
}

/** Whether the guard rails apply to a stack. */
export function isProduction({ name, app }: GuardedStack): boolean {
  return name === "production" || app.flask.env === "production";
}
