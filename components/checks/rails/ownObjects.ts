import { ImageSource, StackConfig } from "../../config/config.generated";
import { releaseNames } from "../../config/releaseNames";
import { helmFullname } from "../../helmNames";
import { imageFamily } from "../../image";
import { RailFault } from "./rail";

/** The full names of the objects of a stack's charts, by component. */
function fullNames(config: StackConfig): { app: string; postgresql: string; redis: string } {
  const { app, postgresql, redis } = releaseNames(config);
  return {
    app: helmFullname(app, "flask-app", config.app),
    postgresql: helmFullname(postgresql, "postgresql"),
    redis: helmFullname(redis, "redis"),
  };
}

/**
 * Objects that a rail does not judge, mostly because the databases' charts have no values for what it asks. They are
 * named, so no other object passes for one.
 */
export function unjudged(config: StackConfig): Record<string, string[]> {
  const names = fullNames(config);
  const postgresql = `StatefulSet ${names.postgresql}`;
  const redis = `StatefulSet ${names.redis}-master`;
  return {
    // Pulumi keeps this claim, which its manifest does not show.
    "data-kept": [`PersistentVolumeClaim ${names.postgresql}-backups`],
    // Bitnami's images write to their own file systems.
    "read-only-root": [
      ...(runsBitnami(config.postgresql.inCluster?.image) ? [postgresql] : []),
      ...(runsBitnami(config.redis.inCluster?.image) ? [redis] : []),
    ],
    // One pod each; docs/guard-rails.md says what a lost node means for it.
    "survives-a-node": [postgresql, redis],
    // They have commands for probes, which ask the server itself.
    probed: [postgresql, redis],
  };
}

/** Whether a configured image is Bitnami's. The default images are official. */
function runsBitnami(image: ImageSource = {}): boolean {
  return imageFamily(image) === "bitnami";
}

/** What to set in the config to mend a fault; empty for an object that is not the charts' own. */
export function advice({ path, key }: RailFault, config: StackConfig): string {
  const { app, ...databases } = fullNames(config);
  const object = /^\S+ ([^:]+):/.exec(path)?.[1] ?? "";
  const isOf = (name: string) => object === name || object.startsWith(`${name}-`);
  const [database] = Object.entries(databases).find(([, name]) => isOf(name)) ?? [];
  if (database) {
    const settings = /-(backup|restore)$/.test(object) ? `${database}.inCluster.backup` : `${database}.inCluster`;
    return key === "resources" ? `; set flask-app:${settings}.resources` : "";
  }
  return key && isOf(app) ? `; set flask-app:app.${key}` : "";
}
