import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ImageSource, PostgresqlBackup, ResourceQuantities } from "../config/config.generated";
import { imageReference } from "../image";
import { uploadContainer, uploadImage } from "./backupCopy";
import { backupRole } from "../postgresqlSetupScript";
import { restrictedContainer, restrictedPod } from "../restrictedContainer";
import { dumpScript, encryptScript } from "./dumpScript";

/** Arguments of {@link backupCronJob} and {@link restoreCronJob}. */
export interface BackupCronJobArgs {
  releaseName: string;
  /** Namespace of the CronJob. It must exist. */
  namespace: pulumi.Input<string>;
  backup: PostgresqlBackup;
  /** Image with `sh`, `psql`, `pg_dump` and `pg_restore`, and `gpg` for a copy: the database's own. */
  image: ImageSource;
  /** DNS name of the database's Service. */
  host: pulumi.Input<string>;
  /** The app's role. The backup's is named after it. */
  username: string;
  database: string;
  /** Name of the Secret with the keys `backup-password` and `postgres-password` (the superuser's). */
  secretName: pulumi.Input<string>;
  /** Name of the claim of the volume. */
  claim: pulumi.Input<string>;
}

/** Seconds that a backup may start late; after that, it waits for the next time. */
export const startingDeadlineSeconds = 3600;
/** Seconds that a backup may take, unless the config says otherwise. */
export const defaultDeadlineSeconds = 6 * 3600;

const defaultResources = {
  requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "16Mi" },
  limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "64Mi" },
};

/** Labels of the pods that make and restore backups. */
export function backupLabels(releaseName: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": "postgresql-backup",
    "app.kubernetes.io/instance": releaseName,
    "app.kubernetes.io/component": "backup",
  };
}

/**
 * The CronJob `<releaseName>-backup`. It dumps the app's database into the volume of the backups, and can copy each dump,
 * encrypted, to a bucket. Its Jobs succeed only if all of this did.
 */
export function backupCronJob(args: BackupCronJobArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.CronJob {
  const { releaseName, backup } = args;
  const { copy } = backup;
  const role = { user: backupRole(args.username), passwordKey: "backup-password" };
  const script = copy ? dumpScript + encryptScript : dumpScript;
  const dump = databaseContainer(args, role, {
    name: "dump",
    command: ["sh", "-c", script],
    env: [
      { name: "KEEP_DAYS", value: String(backup.keepDays) },
      ...(copy ? [{ name: "PUBLIC_KEY", value: copy.publicKey }] : []),
    ],
  });
  const containers = copy
    ? // The dump is made and encrypted before the upload starts.
      { initContainers: [dump], containers: [uploadContainer(releaseName, copy, commonFields(backup))] }
    : { containers: [dump] };
  return cronJob(`${releaseName}-backup`, args, containers, { schedule: backup.schedule }, opts);
}

/**
 * The CronJob `<releaseName>-restore`, which never runs by itself. A Job that is created from it has a pod that sleeps, with
 * the image, the volume and the superuser's login that a restore needs (docs/backups.md).
 */
export function restoreCronJob(args: BackupCronJobArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.CronJob {
  const superuser = { user: "postgres", passwordKey: "postgres-password" };
  const restore = databaseContainer(args, superuser, { name: "restore", command: ["sleep", "infinity"], env: [] });
  const never = { schedule: "0 0 1 1 *", suspend: true };
  return cronJob(`${args.releaseName}-restore`, args, { containers: [restore] }, never, opts);
}

/** A container with the database's image and a login, and the volume of the backups at `$BACKUP_DIR`. */
function databaseContainer(
  { backup, image, host, database, secretName }: BackupCronJobArgs,
  login: { user: string; passwordKey: string },
  { env, ...container }: { name: string; command: string[]; env: k8s.types.input.core.v1.EnvVar[] },
): k8s.types.input.core.v1.Container {
  return {
    ...commonFields(backup),
    ...container,
    image: imageReference(image),
    env: [
      { name: "PGHOST", value: host },
      { name: "PGPORT", value: "5432" },
      { name: "PGDATABASE", value: database },
      { name: "PGCONNECT_TIMEOUT", value: "10" },
      { name: "PGUSER", value: login.user },
      { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: secretName, key: login.passwordKey } } },
      { name: "BACKUP_DIR", value: "/backups" },
      { name: "GNUPGHOME", value: "/tmp/gnupg" },
      ...env,
    ],
    volumeMounts: [
      { name: "backups", mountPath: "/backups" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** What the containers of backups have in common. */
function commonFields({ resources }: PostgresqlBackup) {
  const { requests, limits } = { ...defaultResources, ...resources };
  return {
    resources: { requests: asText(requests), limits: asText(limits) },
    securityContext: restrictedContainer,
  };
}

/** Quantities as Kubernetes returns them: a number would be a change in every preview. */
function asText(quantities: ResourceQuantities): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]));
}

function cronJob(
  name: string,
  { releaseName, namespace, backup, image, claim }: BackupCronJobArgs,
  containers: Pick<k8s.types.input.core.v1.PodSpec, "initContainers" | "containers">,
  when: { schedule: string; suspend?: boolean },
  opts: pulumi.CustomResourceOptions,
): k8s.batch.v1.CronJob {
  const labels = backupLabels(releaseName);
  const images = [image, ...(backup.copy ? [uploadImage(backup.copy)] : [])];
  const pullSecrets = new Set(images.flatMap(({ pullSecrets = [] }) => pullSecrets));
  return new k8s.batch.v1.CronJob(
    name,
    {
      metadata: { name, namespace, labels },
      spec: {
        ...when,
        timeZone: backup.timeZone ?? "Etc/UTC",
        // Two at a time would read the whole database twice.
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            activeDeadlineSeconds: backup.deadlineSeconds ?? defaultDeadlineSeconds,
            backoffLimit: 1,
            template: {
              metadata: { labels },
              spec: {
                // Failed pods stay, and so do their logs.
                restartPolicy: "Never",
                automountServiceAccountToken: false,
                imagePullSecrets: [...pullSecrets].map((secret) => ({ name: secret })),
                securityContext: {
                  ...restrictedPod,
                  fsGroup: 1001,
                  fsGroupChangePolicy: "OnRootMismatch",
                },
                ...containers,
                volumes: [
                  { name: "backups", persistentVolumeClaim: { claimName: claim } },
                  { name: "tmp", emptyDir: { sizeLimit: "32Mi" } },
                ],
              },
            },
          },
        },
      },
    },
    // It holds nothing worth protecting.
    { ...opts, protect: false },
  );
}
