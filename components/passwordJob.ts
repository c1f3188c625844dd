import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ImageSource } from "./config/config.generated";
import { existingObjectHooks } from "./hooks/existingObject";
import { imageReference } from "./image";
import { secretChecksum } from "./generatedSecret";

/** What a password Job is made of. */
export interface PasswordJobArgs {
  /** Name of the Helm release, which is that of the Job with `-password` behind it. */
  releaseName: string;
  /** Namespace that exists. */
  namespace: pulumi.Input<string>;
  /** Image with `sh` and `psql`: that of the database. */
  image: ImageSource;
  /** DNS name of the database's Service. */
  host: pulumi.Input<string>;
  /** Role that gets the password. */
  username: string;
  /** Name of the Secret with the keys `password` (the role's) and `postgres-password` (the superuser's). */
  secretName: pulumi.Input<string>;
  /** What the Secret has as `password`: it decides when the Job runs again. */
  password: pulumi.Input<string>;
  /** Seconds that the Job may take. */
  timeoutSeconds: number;
}

/**
 * psql's own `\password`: it hashes the password before it sends it, so that none is in a log of the server, whatever
 * that logs. It reads the password twice, from its standard input where there is no terminal.
 */
const script = `printf '%s\\n%s\\n' "$NEW_PASSWORD" "$NEW_PASSWORD" | psql --no-psqlrc --command="\\password $ROLE"`;

/**
 * A Job that has a running PostgreSQL take the password that its Secret holds: the server keeps that of its first start
 * in its data, and reads the Secret never again. It runs when it is made, where it changes nothing, and when the password
 * changes. Pulumi waits until it is done.
 *
 * The passwords reach it by its environment alone: no argument and no log holds them.
 */
export function passwordJob(args: PasswordJobArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job {
  const name = `${args.releaseName}-password`;
  const labels = {
    "app.kubernetes.io/name": "postgresql-password",
    "app.kubernetes.io/instance": args.releaseName,
    "app.kubernetes.io/component": "password",
  };
  const fromSecret = (key: string) => ({ secretKeyRef: { name: args.secretName, key } });
  const pullSecrets = args.image.pullSecrets?.map((secret) => ({ name: secret }));
  // It waits as long as the Job may take, and for the answer.
  const timeout = `${args.timeoutSeconds + 60}s`;
  return new k8s.batch.v1.Job(
    name,
    {
      // One that failed can never succeed: the next `pulumi up` makes it anew.
      metadata: { name, namespace: args.namespace, labels, annotations: { "pulumi.com/replaceUnready": "true" } },
      spec: {
        activeDeadlineSeconds: args.timeoutSeconds,
        backoffLimit: 3,
        template: {
          metadata: { labels, annotations: { "checksum/secret": secretChecksum({ password: args.password }) } },
          spec: {
            restartPolicy: "Never",
            automountServiceAccountToken: false,
            imagePullSecrets: pullSecrets,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 1001,
              runAsGroup: 1001,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: "psql",
                image: imageReference(args.image),
                command: ["sh", "-c", script],
                env: [
                  { name: "PGHOST", value: args.host },
                  { name: "PGPORT", value: "5432" },
                  { name: "PGDATABASE", value: "postgres" },
                  { name: "PGCONNECT_TIMEOUT", value: "10" },
                  { name: "PGUSER", value: "postgres" },
                  { name: "PGPASSWORD", valueFrom: fromSecret("postgres-password") },
                  { name: "ROLE", value: args.username },
                  { name: "NEW_PASSWORD", valueFrom: fromSecret("password") },
                ],
                resources: {
                  requests: { cpu: "10m", memory: "32Mi", "ephemeral-storage": "16Mi" },
                  limits: { cpu: "250m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
              },
            ],
          },
        },
      },
    },
    // A Job cannot be changed, so it is replaced, which protection would forbid; there is nothing to lose with it.
    {
      ...opts,
      protect: false,
      deleteBeforeReplace: true,
      customTimeouts: { create: timeout, update: timeout },
      hooks: existingObjectHooks(name),
    },
  );
}
