import { ChartValues, withChartDefaults } from "../config/chartValues";
import { DatabaseResources, StackConfig } from "../config/config.generated";

/** What production is compared with in staging. */
export interface Baseline {
  /** Pod Security Standard that the namespace enforces; undefined: none. */
  podSecurity?: string;
  /** Values of the app's chart. */
  app: ChartValues;
}

/** What the guard rails look at: it can be read from a stack's config, and from the resources that a program makes. */
export interface GuardedStack extends Baseline {
  /** Name of the stack, such as `production`. */
  name: string;
  /** The databases in the cluster, by their keys in the config. */
  databases: Record<string, GuardedDatabase>;
}

/** A database in the cluster. */
export interface GuardedDatabase {
  /** Tag of its image; undefined: one that is fixed elsewhere. */
  imageTag?: string;
  resources: DatabaseResources;
  /** Whether its data is in a volume. */
  persistent: boolean;
  /** Whether `pulumi destroy` refuses to delete it. */
  protected: boolean;
  /** Whether its data is backed up; undefined: it holds nothing that could not be had anew. */
  backedUp?: boolean;
}

/**
 * What the guard rails look at in a stack's config.
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
      // The components switch every database's volume on.
      databases[key] = { imageTag: movableTag(image), resources, persistent: true, protected: config.protect };
    }
  }
  if (config.postgresql.inCluster) {
    databases.postgresql.backedUp = config.postgresql.inCluster.backup !== undefined;
  }
  return { name, podSecurity: config.podSecurity, app: withChartDefaults(config.app), databases };
}

/** Tag by which an image is pulled; undefined if a digest, or something else, fixes it. */
export function movableTag(image: { tag?: string; digest?: string } | undefined): string | undefined {
  return image?.digest ? undefined : image?.tag;
}

/** Whether the guard rails apply to a stack. */
export function isProduction({ name, app }: GuardedStack): boolean {
  return name === "production" || app.flask.env === "production";
}
