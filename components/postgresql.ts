import * as pulumi from "@pulumi/pulumi";
import { backupJob, backups } from "./backups/backups";
import { ChartSource, ImageSource, PostgresqlInCluster } from "./config/config.generated";
import { postgresqlUrl } from "./connectionUrl";
import { bitnamiLabels, Database, EgressRule, podEgress } from "./database";
import { generatedSecret, RandomValue } from "./generatedSecret";
import { helmFullname, serviceHost } from "./helmNames";
import { imageFamily, imageSource } from "./image";
import { mergeValues } from "./mergeValues";
import { databasePolicies, NetworkAccess } from "./networkPolicies";
import { officialPrimaryValues } from "./officialPostgresql";
import { setupJob, setupJobLabels } from "./postgresqlSetupJob";
import { helmRelease, ReleaseTarget } from "./release";

/** The last chart of the 12.x line (PostgreSQL 15). */
const defaultChart: ChartSource = {
  reference: "oci://registry-1.docker.io/bitnamicharts/postgresql",
  version: "12.12.10",
};

/**
 * The official image of the chart's PostgreSQL version. The chart's own image has had no security fixes since Bitnami moved
 * it to `bitnamilegacy/postgresql` on 2025-08-28.
 */
export const postgresqlImage: ImageSource = {
  registry: "docker.io",
  repository: "library/postgres",
  tag: "15.19-bookworm",
};

/** Arguments of {@link Postgresql}. */
export interface PostgresqlArgs extends PostgresqlInCluster, ReleaseTarget {
  /** Keep the volumes of the data and of its backups when the release is deleted. */
  keepVolume: boolean;
  /** Any text. When it changes, the user gets a new password. */
  rotation?: string;
  /** Who may connect. Default: everyone in the cluster. */
  network?: NetworkAccess;
  /** Labels by which Prometheus selects the alerts of the backups. Default: no alerts. */
  alertLabels?: Record<string, string>;
}

/**
 * PostgreSQL in the cluster: a release of the Bitnami chart (12.x, standalone), the Secret with its passwords, and the Job
 * that creates the user and the database in the running server. With backups, also the claim for their volume. The chart
 * gets the Secret's name, so Helm never sees a password.
 *
 * To use it in another program, copy this file with the files that it imports. It needs the packages `@pulumi/kubernetes`,
 * `@pulumi/random`, `deepmerge`, `ignore` and `js-yaml`, and `kubernetes:enableSecretMutable` in Pulumi.yaml: otherwise a
 * rotation replaces the Secret, which a protected one refuses. `storage` cannot change later;
 * without `checks/databaseData.ts`, which finds that in a preview, only the upgrade fails.
 */
export class Postgresql extends pulumi.ComponentResource implements Database {
  public readonly releaseName: pulumi.Output<string>;
  public readonly host: pulumi.Output<string>;
  /**
   * Name of the Secret with the keys `password` (the user's), `postgres-password` (the superuser's) and, with backups,
   * `backup-password`.
   */
  public readonly secretName: pulumi.Output<string>;
  /** `postgresql://user:password@host:5432/database`, percent-encoded; a secret. Resolves once the user can log in. */
  public readonly url: pulumi.Output<string>;
  public readonly egress: EgressRule;

  constructor(name: string, args: PostgresqlArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:Postgresql", name, {}, opts);

    const random: Record<string, RandomValue> = {
      password: { length: 32, rotation: args.rotation },
      "postgres-password": { length: 32 },
      ...(args.backup && { "backup-password": { length: 32, rotation: args.rotation } }),
    };
    const secret = generatedSecret(
      { name: `${args.releaseName}-auth`, namespace: args.namespace, random },
      { parent: this },
    );
    const pod = bitnamiLabels("postgresql", "primary", args.releaseName);
    this.egress = podEgress(pod, 5432);
    const { network } = args;
    const jobs = {
      password: { pod: setupJobLabels(args.releaseName) },
      ...(args.backup && { backup: backupJob(args.releaseName, args.backup) }),
    };
    const policies = network
      ? databasePolicies({ ...args, network, pod, egress: this.egress, jobs }, { parent: this })
      : [];
    const image = imageSource(args.image, postgresqlImage);
    const isOfficial = imageFamily(image) === "official";
    const resources = args.resources ?? {};
    const release = helmRelease(
      {
        ...args,
        chart: args.chart ?? defaultChart,
        values: mergeValues(args.values, {
          architecture: "standalone",
          image,
          auth: {
            // The official image would make this user its superuser, so the Job creates the user and the database.
            username: isOfficial ? "" : args.username,
            // The chart's metrics need one that exists.
            database: isOfficial ? (hasMetrics(args) ? "postgres" : "") : args.database,
            existingSecret: secret.name,
          },
          // By default the pod runs as the namespace's own account, and gets its API token.
          serviceAccount: { create: true, automountServiceAccountToken: false },
          primary: {
            annotations: { [databaseAnnotation]: args.database },
            persistence: { size: args.storage.size, storageClass: args.storage.class ?? "" },
            // PostgreSQL keeps its first password in its data: without that password, a leftover volume is unusable.
            persistentVolumeClaimRetentionPolicy: {
              enabled: true,
              whenScaled: "Retain",
              whenDeleted: args.keepVolume ? "Retain" : "Delete",
            },
            // No checksum of the Secret: PostgreSQL reads it only at its first start, so a restart would not help.
            resources,
            ...(isOfficial && officialPrimaryValues({ ...args, image, secretName: secret.name, resources })),
          },
        }),
      },
      { parent: this, dependsOn: policies },
    );

    this.releaseName = release.name;
    this.host = pulumi
      .all([release.name, release.namespace])
      .apply(([releaseName, namespace]) => serviceHost(helmFullname(releaseName, "postgresql"), namespace));
    this.secretName = secret.name;
    const { password, "backup-password": backupPassword } = secret.random;
    const passwords = { password, ...(args.backup && { "backup-password": backupPassword }) };
    const server = { image, host: this.host, secretName: secret.name };
    const job = setupJob({ ...args, ...server, passwords }, { parent: this });
    if (args.backup) {
      backups({ ...args, ...server, backup: args.backup }, { parent: this, dependsOn: [...policies, job] });
    }
    this.url = pulumi.secret(
      pulumi
        // The Job's name resolves when the server has the password, so the URL works as soon as it resolves.
        .all([this.host, password, job.metadata.name])
        .apply(([host, password]) =>
          postgresqlUrl({ username: args.username, password, host, port: 5432, database: args.database }),
        ),
    );

    this.registerOutputs({
      releaseName: this.releaseName,
      host: this.host,
      secretName: this.secretName,
      url: this.url,
      egress: this.egress,
    });
  }
}

function hasMetrics({ values }: PostgresqlInCluster): boolean {
  return (values?.metrics as { enabled?: boolean } | undefined)?.enabled === true;
}

/** Annotation of the StatefulSet, from which the next preview learns which database the app uses. */
export const databaseAnnotation = "flask-app/database";

/** Settings that are fixed when the volume is created: path in {@link PostgresqlArgs} to path in the chart's values. */
export const postgresqlDataValues = {
  "storage.size": ["primary", "persistence", "size"],
  "storage.class": ["primary", "persistence", "storageClass"],
};
