import * as pulumi from "@pulumi/pulumi";
import { ChartSource, ImageSource, RedisInCluster } from "./config/config.generated";
import { redisUrl } from "./connectionUrl";
import { bitnamiLabels, Database, EgressRule, podEgress } from "./database";
import { generatedSecret } from "./generatedSecret";
import { helmFullname, serviceHost } from "./helmNames";
import { imageFamily, imageSource } from "./image";
import { mergeValues } from "./mergeValues";
import { databasePolicies, NetworkAccess } from "./networkPolicies";
import { quantityValue } from "./quantity";
import { helmRelease, ReleaseTarget } from "./release";

/** The last chart of the 17.x line (Redis 7.0). */
const defaultChart: ChartSource = {
  reference: "oci://registry-1.docker.io/bitnamicharts/redis",
  version: "17.17.1",
};

/**
 * The official image of the last Redis line under the BSD licence that gets fixes. The chart's own image has had none since
 * Bitnami moved it to `bitnamilegacy/redis` on 2025-08-28.
 */
export const redisImage: ImageSource = {
  registry: "docker.io",
  repository: "library/redis",
  tag: "7.2.16-bookworm",
};

/** Arguments of {@link Redis}. */
export interface RedisArgs extends RedisInCluster, ReleaseTarget {
  /** Any text. When it changes, Redis gets a new password. */
  rotation?: string;
  /** Who may connect. Default: everyone in the cluster. */
  network?: NetworkAccess;
}

/**
 * Redis in the cluster: a release of the Bitnami chart (17.x, standalone) and the Secret with its password. The chart
 * gets the Secret's name, so Helm never sees the password.
 *
 * To use it in another program, copy this file with the files that it imports. It needs the packages `@pulumi/kubernetes`,
 * `@pulumi/random`, `deepmerge`, `ignore` and `js-yaml`, and `kubernetes:enableSecretMutable` in Pulumi.yaml: otherwise a
 * rotation replaces the Secret, which a protected one refuses. `storage` cannot change later;
 * without `checks/databaseData.ts`, which finds that in a preview, only the upgrade fails.
 */
export class Redis extends pulumi.ComponentResource implements Database {
  public readonly releaseName: pulumi.Output<string>;
  public readonly host: pulumi.Output<string>;
  /** Name of the Secret with the key `redis-password`. */
  public readonly secretName: pulumi.Output<string>;
  /** `redis://:password@host:6379/0`, percent-encoded; a secret. */
  public readonly url: pulumi.Output<string>;
  public readonly egress: EgressRule;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:Redis", name, {}, opts);

    const secret = generatedSecret(
      {
        name: `${args.releaseName}-auth`,
        namespace: args.namespace,
        random: { "redis-password": { length: 32, rotation: args.rotation } },
      },
      { parent: this },
    );
    const pod = bitnamiLabels("redis", "master", args.releaseName);
    this.egress = podEgress(pod, 6379);
    const { network } = args;
    const policies = network ? databasePolicies({ ...args, network, pod, egress: this.egress }, { parent: this }) : [];
    const image = imageSource(args.image, redisImage);
    const release = helmRelease(
      {
        ...args,
        chart: args.chart ?? defaultChart,
        values: mergeValues(args.values, {
          architecture: "standalone",
          image,
          auth: { existingSecret: secret.name },
          serviceAccount: { automountServiceAccountToken: false },
          master: {
            ...serverConfiguration(args),
            serviceAccount: { automountServiceAccountToken: false },
            persistence: { size: args.storage.size, storageClass: args.storage.class ?? "" },
            resources: args.resources ?? {},
            podAnnotations: { "checksum/secret": secret.checksum },
            ...(imageFamily(image) === "official" && { containerSecurityContext: { readOnlyRootFilesystem: true } }),
          },
        }),
      },
      { parent: this, dependsOn: policies },
    );

    this.releaseName = release.name;
    this.host = pulumi
      .all([release.name, release.namespace])
      .apply(([releaseName, namespace]) => serviceHost(`${helmFullname(releaseName, "redis")}-master`, namespace));
    this.secretName = secret.name;
    this.url = pulumi.secret(
      pulumi
        .all([this.host, secret.random["redis-password"]])
        .apply(([host, password]) => redisUrl({ password, host, port: 6379, database: 0 })),
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

/** Redis's configuration. Of two lines for one setting, the later one counts, so the author's win. */
function serverConfiguration({ resources, values }: RedisInCluster): { configuration?: string } {
  const { configuration: given } = (values?.master ?? {}) as { configuration?: string };
  const lines = [memoryConfiguration(resources?.limits?.memory), given].filter((text) => text !== undefined);
  return lines.length > 0 ? { configuration: lines.join("") } : {};
}

/**
 * The part of Redis's configuration that keeps its memory below the limit of its pod: a Redis that exceeds the limit is
 * killed, and killed again while it loads its data. Full, it evicts keys with a lifetime, which are a cache. It never
 * evicts other keys, such as a queue's; if only those are left, it refuses writes.
 *
 * The chart's `commonConfiguration` keeps its default, which turns the append-only file on. To rewrite that file, Redis
 * forks, and the copy can need as much memory again, plus buffers. At full write speed, 3/8 of the limit were safe, and
 * 1/2 was not.
 *
 * @param limit Memory limit of the pod, a Kubernetes quantity. Without one, memory stays unbounded.
 */
function memoryConfiguration(limit: string | number | undefined): string | undefined {
  if (limit === undefined) {
    return undefined;
  }
  const maxmemory = Math.floor((quantityValue(limit) * 3) / 8);
  return `maxmemory ${maxmemory}\nmaxmemory-policy volatile-lru\n`;
}

/** Settings that are fixed when the volume is created: path in {@link RedisArgs} to path in the chart's values. */
export const redisDataValues = {
  "storage.size": ["master", "persistence", "size"],
  "storage.class": ["master", "persistence", "storageClass"],
};
