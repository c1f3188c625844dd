import * as pulumi from "@pulumi/pulumi";
import { PostgresqlBackup } from "./config/config.generated";

/**
 * The backup's part of the Bitnami chart's values: a CronJob that dumps the app's database into a volume.
 *
 * @param database Name of the database, an identifier that needs no quotes.
 * @param claim Name of the claim of the volume. The chart could make one itself, but Helm would wait for it to be bound,
 *   and many storage classes bind a claim when the first pod uses it: here that is the first backup.
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
      // Two at once would write into each other's files.
      concurrencyPolicy: "Forbid",
      // The pods that failed stay, and their logs with them.
      restartPolicy: "Never",
      command: ["/bin/sh", "-ec", backupScript(database, keepDays)],
      storage: { existingClaim: claim },
    },
  };
}

/**
 * Dumps one database, and then deletes old dumps: while no dump succeeds, none is deleted.
 *
 * The chart's own command, pg_dumpall, keeps every dump for ever, and what it writes restores with errors that must be
 * told from real ones: the roles that the chart makes are there already. It also brings back the passwords of its day.
 *
 * @returns One line that is the same text in YAML without quotes, since the chart puts none around it.
 */
function backupScript(database: string, keepDays: number): string {
  return [
    // Left by a pod that was killed.
    'rm -f "$PGDUMP_DIR"/*.partial',
    `dump="$PGDUMP_DIR/${database}-$(date -u +%Y-%m-%dT%H-%M-%SZ).dump"`,
    // Ten minutes for a lock that somebody else holds; to wait for ever would keep off every later backup.
    `pg_dump --format=custom --no-password --lock-wait-timeout=600000 --file="$dump.partial" ${database}`,
    'mv "$dump.partial" "$dump"',
    `find "$PGDUMP_DIR" -name "${database}-*.dump" -mtime +${keepDays - 1} -delete`,
  ].join("; ");
}
