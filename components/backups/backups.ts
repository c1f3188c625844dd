import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PostgresqlBackup } from "../config/config.generated";
import { DatabaseJob } from "../networkPolicies";
import { backupAlerts } from "./backupAlerts";
import { backupClaim } from "./backupClaim";
import { copyEgress } from "./backupCopy";
import { backupCronJob, BackupCronJobArgs, backupLabels, restoreCronJob } from "./backupCronJob";

/** Arguments of {@link backups}. */
export interface BackupsArgs extends Omit<BackupCronJobArgs, "claim"> {
  /** Keep the volume of the backups when they are removed from the stack. */
  keepVolume: boolean;
  /** Labels by which Prometheus selects its rules; undefined: no Prometheus operator, so no alerts. */
  alertLabels?: Record<string, string>;
}

/**
 * Everything that makes backups of a PostgreSQL in the cluster: their volume, the CronJob that dumps the database, one that
 * a restore starts from, and alerts.
 *
 * @param opts `dependsOn` is what a backup needs: the database, the backup's role and network policies.
 */
export function backups(args: BackupsArgs, opts: pulumi.CustomResourceOptions): void {
  const { dependsOn, ...others } = opts;
  const volume = backupClaim({ ...args, storage: args.backup.storage }, others);
  const claim = volume.metadata.name;
  const cronJobs: k8s.batch.v1.CronJob[] = [backupCronJob, restoreCronJob].map((create) =>
    create({ ...args, claim }, { ...others, dependsOn }),
  );
  if (args.alertLabels) {
    backupAlerts({ ...args, labels: args.alertLabels }, { ...others, dependsOn: cronJobs });
  }
}

/** The pods that make and restore backups, for the network policies of the database. */
export function backupJob(releaseName: string, { copy }: PostgresqlBackup): DatabaseJob {
  return { pod: backupLabels(releaseName), egress: copy ? [copyEgress(copy)] : [] };
}
