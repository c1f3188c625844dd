import * as pulumi from "@pulumi/pulumi";
import { localChart } from "./chartSource";
import { FlaskAppValues } from "./config/config.generated";
import { Database } from "./database";
import { generatedSecret } from "./generatedSecret";
import { helmFullname, serviceHost } from "./helmNames";
import { ingressUrl } from "./ingress";
import { helmRelease, ReleaseTarget } from "./release";

/** Lists of the chart that a database can add to. */
const podLists = ["extraEnv", "extraVolumes", "extraVolumeMounts"] as const;

/** Folder of the app's chart, relative to the project's. */
const chartFolder = "./chart";

/** Arguments of {@link FlaskApp}. */
export interface FlaskAppArgs extends ReleaseTarget {
  /** Values of the chart, without those that the component sets itself. */
  values: Omit<FlaskAppValues, "existingSecret" | "database" | "redis">;
  /** Keep the volumes that the chart creates when the release is deleted. */
  keepVolumes?: boolean;
  /** The PostgreSQL server whose URL the app gets as DATABASE_URL. */
  postgresql: Database;
  /** The Redis server whose URL the app gets as REDIS_URL. */
  redis: Database;
  /**
   * Further secret environment variables of the app, by name. SECRET_KEY, DATABASE_URL and REDIS_URL are the component's
   * own, and must not be among them.
   */
  secretEnv?: Record<string, pulumi.Input<string>>;
  /** Any text. When it changes, the app gets a new SECRET_KEY. */
  rotation?: string;
}

/**
 * The Flask app: a Secret with SECRET_KEY, DATABASE_URL, REDIS_URL and `secretEnv`, and a release of the chart in
 * `./chart`, which gets that Secret by name. The app's pods restart when the Secret's content changes. An upgrade that does
 * not become ready in time is rolled back.
 *
 * To use it in another program, copy this file with the files that it imports, and the folder `chart`. It needs the
 * packages `@pulumi/kubernetes`, `@pulumi/random`, `ignore` and `js-yaml`, and `kubernetes:enableSecretMutable` in
 * Pulumi.yaml: otherwise the provider replaces the Secret for each new value, and pods that start meanwhile do not find it.
 */
export class FlaskApp extends pulumi.ComponentResource {
  /** Name of the Helm release. */
  public readonly releaseName: pulumi.Output<string>;
  /** Name of the Secret with SECRET_KEY, DATABASE_URL, REDIS_URL and `secretEnv`. */
  public readonly secretName: pulumi.Output<string>;
  /** URL of the Service, for callers in the cluster. */
  public readonly serviceUrl: pulumi.Output<string>;
  /** URL of the first Ingress host, if there is an Ingress. */
  public readonly ingressUrl: string | undefined;

  constructor(name: string, args: FlaskAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:FlaskApp", name, {}, opts);

    const { releaseName, namespace, values, postgresql, redis } = args;
    const secret = generatedSecret(
      {
        name: `${releaseName}-env`,
        namespace,
        random: { SECRET_KEY: { length: 64, rotation: args.rotation } },
        values: {
          ...args.secretEnv,
          ...(postgresql.url && { DATABASE_URL: postgresql.url }),
          ...(redis.url && { REDIS_URL: redis.url }),
        },
        elsewhere: {
          ...(postgresql.urlInSecret && { DATABASE_URL: postgresql.urlInSecret }),
          ...(redis.urlInSecret && { REDIS_URL: redis.urlInSecret }),
        },
      },
      { parent: this },
    );

    const chart = localChart(chartFolder);
    const release = helmRelease(
      {
        ...args,
        chart: { reference: chartFolder, version: chart.version },
        atomic: true,
        values: {
          ...values,
          ...withPodValues(values, [postgresql, redis]),
          ...(args.keepVolumes && retainedClaims(values)),
          existingSecret: secret.name,
          podAnnotations: { ...values.podAnnotations, "checksum/secret": secret.checksum },
          networkPolicy: {
            ...values.networkPolicy,
            egress: [postgresql.egress, redis.egress, ...(values.networkPolicy?.egress ?? [])],
          },
        },
      },
      { parent: this },
    );

    this.releaseName = release.name;
    this.secretName = secret.name;
    this.serviceUrl = pulumi.all([release.name, release.namespace]).apply(([releaseName, namespace]) => {
      const host = serviceHost(helmFullname(releaseName, chart.name, values), namespace);
      const port = values.service?.port ?? 80;
      return `http://${host}${port === 80 ? "" : `:${port}`}`;
    });
    this.ingressUrl = ingressUrl(values.ingress);

    this.registerOutputs({
      releaseName: this.releaseName,
      secretName: this.secretName,
      serviceUrl: this.serviceUrl,
      ingressUrl: this.ingressUrl,
    });
  }
}

/** The lists of the values that the databases add to, with what they add in front. */
function withPodValues(values: FlaskAppValues, databases: Database[]): Partial<FlaskAppValues> {
  const lists = podLists.map((list) => [list, databases.flatMap(({ podValues }) => podValues?.[list] ?? [])] as const);
  const added = lists.filter(([, items]) => items.length > 0);
  return Object.fromEntries(added.map(([list, items]) => [list, [...items, ...(values[list] ?? [])]]));
}

/** The parts of the chart's values that describe a claim of its own, each with `retain`. */
function retainedClaims({ persistence, mlModel }: FlaskAppValues): Pick<FlaskAppValues, "persistence" | "mlModel"> {
  return {
    ...(persistence?.enabled && !persistence.existingClaim && { persistence: { ...persistence, retain: true } }),
    ...(mlModel?.enabled &&
      mlModel.volume?.type === "claim" && { mlModel: { ...mlModel, volume: { ...mlModel.volume, retain: true } } }),
  };
}
