import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ImageSource } from "./config/config.generated";
import { secretChecksum } from "./generatedSecret";
import { imageReference } from "./image";
import { ReleaseTarget } from "./release";
import { restrictedContainer, restrictedPod } from "./restrictedContainer";
import { backupRole, setupScript } from "./postgresqlSetupScript";

/** Arguments of {@link setupJob}. The Job is named `<releaseName>-password`. */
export interface SetupJobArgs extends ReleaseTarget {
  /** Image with `sh` and `psql`: the database's own. */
  image: ImageSource;
  /** DNS name of the database's Service. */
  host: pulumi.Input<string>;
  /** Name of the app's role. */
  username: string;
  /** Name of the app's database. */
  database: string;
  /**
   * Name of the Secret with the keys `password` (the role's), `postgres-password` (the superuser's) and, with backups,
   * `backup-password`.
   */
  secretName: pulumi.Input<string>;
  /** The Secret's `password` and, with backups, its `backup-password`. The Job runs again when one of them changes. */
  passwords: Record<string, pulumi.Input<string>>;
}

/** Labels of the Job and its pods. */
export function setupJobLabels(releaseName: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": "postgresql-password",
    "app.kubernetes.io/instance": releaseName,
    "app.kubernetes.io/component": "password",
  };
}

/**
 * A Job that makes the app's role and its database what they should be in a running PostgreSQL, and sets the role's
 * password to the one in its Secret: the server reads the Secret only at its first start. It runs on the first deployment,
 * and again when a password, a name or the image changes. Pulumi waits until it has succeeded.
 *
 * Passwords reach the Job only through its environment; they never appear in arguments or logs.
 */
export function setupJob(args: SetupJobArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job {
  const name = `${args.releaseName}-password`;
  const labels = setupJobLabels(args.releaseName);
  const withBackups = args.passwords["backup-password"] !== undefined;
  const fromSecret = (key: string) => ({ secretKeyRef: { name: args.secretName, key } });
  const pullSecrets = args.image.pullSecrets?.map((secret) => ({ name: secret }));
  // Pulumi waits a minute longer than the Job may run, to learn how it ended.
  const timeout = `${args.timeoutSeconds + 60}s`;
  return new k8s.batch.v1.Job(
    name,
    {
      // A failed Job cannot succeed later: the next `pulumi up` replaces it.
      metadata: { name, namespace: args.namespace, labels, annotations: { "pulumi.com/replaceUnready": "true" } },
      spec: {
        activeDeadlineSeconds: args.timeoutSeconds,
        backoffLimit: 3,
        template: {
          metadata: { labels, annotations: { "checksum/secret": secretChecksum(args.passwords) } },
          spec: {
            restartPolicy: "Never",
            automountServiceAccountToken: false,
            imagePullSecrets: pullSecrets,
            securityContext: restrictedPod,
            containers: [
              {
                name: "psql",
                image: imageReference(args.image),
                command: ["sh", "-c", setupScript(withBackups)],
                env: [
                  { name: "PGHOST", value: args.host },
                  { name: "PGPORT", value: "5432" },
                  { name: "PGDATABASE", value: "postgres" },
                  { name: "PGCONNECT_TIMEOUT", value: "10" },
                  { name: "PGUSER", value: "postgres" },
                  { name: "PGPASSWORD", valueFrom: fromSecret("postgres-password") },
                  { name: "ROLE", value: args.username },
                  { name: "NEW_PASSWORD", valueFrom: fromSecret("password") },
                  { name: "DATABASE", value: args.database },
                  { name: "BACKUP_ROLE", value: backupRole(args.username) },
                  ...(withBackups ? [{ name: "BACKUP_PASSWORD", valueFrom: fromSecret("backup-password") }] : []),
                ],
                resources: {
                  requests: { cpu: "10m", memory: "32Mi", "ephemeral-storage": "16Mi" },
                  limits: { cpu: "250m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                },
                securityContext: restrictedContainer,
              },
            ],
          },
        },
      },
    },
    // A Job is immutable, so a change replaces it, which protection would forbid. It holds nothing worth protecting.
    {
      ...opts,
      protect: false,
      deleteBeforeReplace: true,
      customTimeouts: { create: timeout, update: timeout },
    },
  );
}
