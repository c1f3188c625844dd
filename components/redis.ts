import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { releaseChart } from "./chartSource";
import { ChartSource, RedisInCluster } from "./config/config.generated";
import { redisUrl } from "./connectionUrl";
import { Database, EgressRule, podEgress } from "./database";
import { redisImage } from "./databaseImages";
import { existingObjectHooks } from "./hooks/existingObject";
import { helmFullname, serviceHost } from "./helmNames";
import { imageSource } from "./image";
import { interruptedInstallHooks } from "./hooks/interruptedInstall";
import { randomSecretValue, rotationAnnotations, secretChecksum } from "./generatedSecret";

/** The last chart of the 17.x line (Redis 7.0). */
const defaultChart: ChartSource = {
  reference: "oci://registry-1.docker.io/bitnamicharts/redis",
  version: "17.17.1",
};

/** What a {@link Redis} is made of. */
export interface RedisArgs extends RedisInCluster {
  /** Name of the Helm release, a DNS label of at most 53 characters. */
  releaseName: string;
  /** Namespace that exists. */
  namespace: pulumi.Input<string>;
  /** Seconds that the release may take to become ready. */
  timeoutSeconds: number;
  /** Any text: when it changes, Redis gets a new password. */
  rotation?: string;
}

/**
 * Redis in the cluster: the Bitnami chart (17.x, standalone), and the Secret with its password, which the chart gets by
 * name, so that Helm never sees the password.
 */
export class Redis extends pulumi.ComponentResource implements Database {
  /** Name of the Helm release. */
  public readonly releaseName: pulumi.Output<string>;
  /** DNS name of the Service. */
  public readonly host: pulumi.Output<string>;
  public readonly port: pulumi.Output<number>;
  /** Name of the Secret with the key `redis-password`. */
  public readonly secretName: pulumi.Output<string>;
  /** `redis://:password@host:6379/0`, percent-encoded; a secret. */
  public readonly url: pulumi.Output<string>;
  public readonly egress: EgressRule;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:Redis", name, {}, opts);

    const authSecret = `${args.releaseName}-auth`;
    const content = {
      "redis-password": randomSecretValue(authSecret, "redis-password", 32, args.rotation, { parent: this }),
    };
    const secret = new k8s.core.v1.Secret(
      authSecret,
      {
        metadata: {
          name: authSecret,
          namespace: args.namespace,
          ...rotationAnnotations({ "redis-password": args.rotation }),
        },
        stringData: content,
      },
      { parent: this, hooks: existingObjectHooks(authSecret) },
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
          image: imageSource(args.image, redisImage),
          auth: { existingSecret: secret.metadata.name },
          master: {
            persistence: { size: args.storage.size, storageClass: args.storage.class ?? "" },
            resources: args.resources ?? {},
            podAnnotations: { "checksum/secret": secretChecksum(content) },
          },
        },
      },
      { parent: this, deleteBeforeReplace: true, hooks: interruptedInstallHooks(args.releaseName) },
    );

    this.releaseName = release.name;
    this.host = pulumi
      .all([release.name, release.namespace])
      .apply(([releaseName, namespace]) => serviceHost(`${helmFullname(releaseName, "redis")}-master`, namespace));
    this.port = pulumi.output(6379);
    this.secretName = secret.metadata.name;
    this.url = pulumi.secret(
      pulumi
        .all([this.host, this.port, content["redis-password"]])
        .apply(([host, port, password]) => redisUrl({ password, host, port, database: 0 })),
    );
    this.egress = podEgress("redis", "master", args.releaseName, 6379);

    this.registerOutputs({
      releaseName: this.releaseName,
      host: this.host,
      port: this.port,
      secretName: this.secretName,
      url: this.url,
      egress: this.egress,
    });
  }
}
