import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PostgresqlBackup, Storage } from "./config/config.generated";
import { bitnamiLabels } from "./database";
import { waitForServer } from "./waitForServer";

/** Arguments of {@link backupClaim}. */
export interface BackupClaimArgs {
  releaseName: string;
  /** Namespace of the claim. It must exist. */
  namespace: pulumi.Input<string>;
  storage: Storage;
  /** Keep the volume when backups are removed from the stack. */
  keepVolume: boolean;
}

/**
 * The claim `<releaseName>-backups` for the volume of the backups. It is separate from the data's volume, so that damage
 * to one leaves the other intact.
 *
 * The chart could create a claim itself, but Helm would wait until it is bound, and many storage classes bind a claim only
 * when its first pod starts: here, the first backup.
 */
export function backupClaim(
  { releaseName, namespace, storage, keepVolume }: BackupClaimArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.PersistentVolumeClaim {
  const name = `${releaseName}-backups`;
  return new k8s.core.v1.PersistentVolumeClaim(
    name,
    {
      metadata: {
        name,
        namespace,
        // Do not wait for the first backup to bind it.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: storage.class,
        resources: { requests: { storage: storage.size } },
      },
    },
    { ...opts, retainOnDelete: keepVolume },
  );
}

/**
 * Keeps pods that run as the namespace's default account from getting its API token, unless they ask for it. The backups
 * run as that account, because the chart has no setting for theirs, and do not use the token.
 *
 * @param name Name of the resource.
 */
export function withholdDefaultToken(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ServiceAccountPatch {
  // The cluster creates the account and owns it, so only this field is the program's.
  return new k8s.core.v1.ServiceAccountPatch(
    name,
    { metadata: { name: "default", namespace }, automountServiceAccountToken: false },
    { ...opts, protect: false },
  );
}

/**
 * The backup section of the Bitnami chart's values: a CronJob that dumps the app's database into a volume.
 *
 * @param database Name of the database, an identifier that needs no quotes.
 * @param claim Name of the claim of the volume.
 */
export function backupValues(
  database: string,
  { schedule, keepDays }: PostgresqlBackup,
  claim: pulumi.Input<string>,
): Record<string, unknown> {
  return {
    enabled: true,
    cronjob: {
      schedule,
      // Two at a time would overwrite each other's files.
      concurrencyPolicy: "Forbid",
      // Failed pods stay, and so do their logs.
      restartPolicy: "Never",
      command: ["/bin/sh", "-ec", backupScript(database, keepDays)],
      storage: { existingClaim: claim },
    },
  };
}

/** Labels of the pods of that CronJob. */
export function backupLabels(releaseName: string): Record<string, string> {
  return bitnamiLabels("postgresql", "pg_dumpall", releaseName);
}

/**
 * Dumps one database and then deletes old dumps. As long as no dump succeeds, none is deleted.
 *
 * The chart's own command is pg_dumpall. It keeps every dump forever, its dumps also restore old passwords, and restoring
 * one prints errors about roles that exist already, which hide real errors.
 *
 * @returns One line that needs no quotes in YAML, because the chart adds none.
 */
function backupScript(database: string, keepDays: number): string {
  return [
    waitForServer,
    // Left over from a killed pod.
    'rm -f "$PGDUMP_DIR"/*.partial',
    `dump="$PGDUMP_DIR/${database}-$(date -u +%Y-%m-%dT%H-%M-%SZ).dump"`,
    // Wait at most ten minutes for a lock: a dump that waits forever would block every later one.
    `pg_dump --format=custom --no-password --lock-wait-timeout=600000 --file="$dump.partial" ${database}`,
    'mv "$dump.partial" "$dump"',
    `find "$PGDUMP_DIR" -name "${database}-*.dump" -mtime +${keepDays - 1} -exec rm -f {} +`,
  ].join("; ");
}
