import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { releaseChart } from "./chartSource";
import { ChartSource, PostgresqlInCluster, Storage } from "./config/config.generated";
import { postgresqlUrl } from "./connectionUrl";
import { Database, EgressRule, podEgress } from "./database";
import { postgresqlImage } from "./databaseImages";
import { existingObjectHooks } from "./hooks/existingObject";
import { helmFullname, serviceHost } from "./helmNames";
import { imageSource } from "./image";
import { interruptedInstallHooks } from "./hooks/interruptedInstall";
import { passwordJob } from "./passwordJob";
import { backupValues } from "./postgresqlBackup";
import { randomSecretValue, rotationAnnotations } from "./generatedSecret";

/** The last chart of the 12.x line (PostgreSQL 15). */
const defaultChart: ChartSource = {
  reference: "oci://registry-1.docker.io/bitnamicharts/postgresql",
  version: "12.12.10",
};

/** What a {@link Postgresql} is made of. */
export interface PostgresqlArgs extends PostgresqlInCluster {
  /** Name of the Helm release, a DNS label of at most 53 characters. */
  releaseName: string;
  /** Namespace that exists. */
  namespace: pulumi.Input<string>;
  /** Keep the volumes of the data and of its backups when the release is deleted. */
  keepVolume: boolean;
  /** Seconds that the release may take to become ready. */
  timeoutSeconds: number;
  /** Any text: when it changes, the user gets a new password. */
  rotation?: string;
}

/**
 * PostgreSQL in the cluster: the Bitnami chart (12.x, standalone); the Secret with its two passwords, which the chart gets
 * by name, so that Helm never sees a password; the Job by which the running server takes a new one; and, with backups,
 * the claim of their volume.
 */
export class Postgresql extends pulumi.ComponentResource implements Database {
  /** Name of the Helm release. */
  public readonly releaseName: pulumi.Output<string>;
  /** DNS name of the Service. */
  public readonly host: pulumi.Output<string>;
  public readonly port: pulumi.Output<number>;
  public readonly username: pulumi.Output<string>;
  public readonly database: pulumi.Output<string>;
  /** Name of the Secret with the keys `password` (the user's) and `postgres-password` (the superuser's). */
  public readonly secretName: pulumi.Output<string>;
  /** `postgresql://user:password@host:5432/database`, percent-encoded; a secret. */
  public readonly url: pulumi.Output<string>;
  public readonly egress: EgressRule;

  constructor(name: string, args: PostgresqlArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:Postgresql", name, {}, opts);

    const authSecret = `${args.releaseName}-auth`;
    const content = {
      password: randomSecretValue(authSecret, "password", 32, args.rotation, { parent: this }),
      "postgres-password": randomSecretValue(authSecret, "postgres-password", 32, undefined, { parent: this }),
    };
    const secret = new k8s.core.v1.Secret(
      authSecret,
      {
        metadata: {
          name: authSecret,
          namespace: args.namespace,
          ...rotationAnnotations({ password: args.rotation }),
        },
        stringData: content,
      },
      { parent: this, hooks: existingObjectHooks(authSecret) },
    );

    const image = imageSource(args.image, postgresqlImage);
    const backup = args.backup && {
      ...args.backup,
      claim: this.claimBackups(`${args.releaseName}-backups`, args.backup.storage, args),
    };

    const release = new k8s.helm.v3.Release(
      args.releaseName,
      {
        name: args.releaseName,
        namespace: args.namespace,
        ...releaseChart(args.chart ?? defaultChart),
        timeout: args.timeoutSeconds,
        maxHistory: 10,
        values: {
          architecture: "standalone",
          image,
          auth: {
            username: args.username,
            database: args.database,
            existingSecret: secret.metadata.name,
          },
          primary: {
            persistence: { size: args.storage.size, storageClass: args.storage.class ?? "" },
            // PostgreSQL keeps the password of its first start in its data: a volume that stays behind under a new
            // password lets nobody in.
            persistentVolumeClaimRetentionPolicy: {
              enabled: true,
              whenScaled: "Retain",
              whenDeleted: args.keepVolume ? "Retain" : "Delete",
            },
            // No checksum of the Secret: PostgreSQL reads it at its first start alone, so a restart would be for nothing.
            resources: args.resources ?? {},
          },
          ...(backup && { backup: backupValues(args.database, backup, backup.claim.metadata.name) }),
        },
      },
      { parent: this, deleteBeforeReplace: true, hooks: interruptedInstallHooks(args.releaseName) },
    );

    this.releaseName = release.name;
    this.host = pulumi
      .all([release.name, release.namespace])
      .apply(([releaseName, namespace]) => serviceHost(helmFullname(releaseName, "postgresql"), namespace));
    this.port = pulumi.output(5432);
    this.username = pulumi.output(args.username);
    this.database = pulumi.output(args.database);
    this.secretName = secret.metadata.name;
    const { releaseName, namespace, username, timeoutSeconds } = args;
    const job = passwordJob(
      {
        ...{ releaseName, namespace, username, timeoutSeconds, image },
        host: this.host,
        secretName: secret.metadata.name,
        password: content.password,
      },
      { parent: this },
    );
    this.url = pulumi.secret(
      pulumi
        // The Job's name is there when the database has taken the password: whoever gets the URL can log in.
        .all([this.host, this.port, content.password, job.metadata.name])
        .apply(([host, port, password]) =>
          postgresqlUrl({ username: args.username, password, host, port, database: args.database }),
        ),
    );
    this.egress = podEgress("postgresql", "primary", args.releaseName, 5432);

    this.registerOutputs({
      releaseName: this.releaseName,
      host: this.host,
      port: this.port,
      username: this.username,
      database: this.database,
      secretName: this.secretName,
      url: this.url,
      egress: this.egress,
    });
  }

  /** The volume of the backups. It is not the data's, so that what makes the one useless leaves the other. */
  private claimBackups(name: string, storage: Storage, { namespace, keepVolume }: PostgresqlArgs) {
    return new k8s.core.v1.PersistentVolumeClaim(
      name,
      {
        metadata: {
          name,
          namespace,
          // It may be bound when the first backup uses it, which is not to be waited for.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: storage.class,
          resources: { requests: { storage: storage.size } },
        },
      },
      { parent: this, retainOnDelete: keepVolume, hooks: existingObjectHooks(name) },
    );
  }
}
