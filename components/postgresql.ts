import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { releaseChart } from "./chartSource";
import { ChartSource, ImageSource, PostgresqlInCluster } from "./config.generated";
import { postgresqlUrl } from "./connectionUrl";
import { Database, EgressRule, podEgress } from "./database";
import { helmFullname, serviceHost } from "./helmNames";
import { randomSecretValue, secretChecksum } from "./secretValue";

/** The last chart of the 12.x line (PostgreSQL 15). */
const defaultChart: ChartSource = {
  reference: "oci://registry-1.docker.io/bitnamicharts/postgresql",
  version: "12.12.10",
};

/** Where that chart's image is since Bitnami moved it (2025-08-28); it gets no more security fixes there. */
const defaultImage: ImageSource = {
  repository: "bitnamilegacy/postgresql",
  tag: "15.4.0-debian-11-r45",
};

/** What a {@link Postgresql} is made of. */
export interface PostgresqlArgs extends PostgresqlInCluster {
  /** Name of the Helm release, a DNS label of at most 53 characters. */
  releaseName: string;
  /** Namespace that exists. */
  namespace: pulumi.Input<string>;
  /** Keep the data's volume when the release is deleted. */
  keepVolume: boolean;
  /** Seconds that the release may take to become ready. */
  timeoutSeconds: number;
}

/**
 * PostgreSQL in the cluster: the Bitnami chart (12.x, standalone), and the Secret with its two passwords, which the
 * chart gets by name, so that Helm never sees a password.
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
  public readonly egress: pulumi.Output<EgressRule>;

  constructor(name: string, args: PostgresqlArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:Postgresql", name, {}, opts);

    const authSecret = `${args.releaseName}-auth`;
    const content = {
      password: randomSecretValue(authSecret, "password", 32, { parent: this }),
      "postgres-password": randomSecretValue(authSecret, "postgres-password", 32, { parent: this }),
    };
    const secret = new k8s.core.v1.Secret(
      authSecret,
      { metadata: { name: authSecret, namespace: args.namespace }, stringData: content },
      { parent: this },
    );

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
          image: args.image ?? defaultImage,
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
            resources: args.resources ?? {},
            podAnnotations: { "checksum/secret": secretChecksum(content) },
          },
        },
      },
      { parent: this, deleteBeforeReplace: true },
    );

    this.releaseName = release.name;
    this.host = pulumi
      .all([release.name, release.namespace])
      .apply(([releaseName, namespace]) => serviceHost(helmFullname(releaseName, "postgresql"), namespace));
    this.port = pulumi.output(5432);
    this.username = pulumi.output(args.username);
    this.database = pulumi.output(args.database);
    this.secretName = secret.metadata.name;
    this.url = pulumi.secret(
      pulumi
        .all([this.host, this.port, content.password])
        .apply(([host, port, password]) =>
          postgresqlUrl({ username: args.username, password, host, port, database: args.database }),
        ),
    );
    this.egress = podEgress("postgresql", "primary", release.name, 5432);

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
}
