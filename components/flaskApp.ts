import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkRendering } from "./checks/chartRendering";
import { localChart, releaseChart } from "./chartSource";
import { FlaskAppValues } from "./config/config.generated";
import { Database } from "./database";
import { existingObjectHooks } from "./hooks/existingObject";
import { helmFullname, serviceHost } from "./helmNames";
import { ingressUrl } from "./ingress";
import { interruptedInstallHooks } from "./hooks/interruptedInstall";
import { randomSecretValue, rotationAnnotations, secretChecksum } from "./generatedSecret";

/** Folder of the app's chart, relative to the project's. */
const chartFolder = "./chart";

/** What a {@link FlaskApp} is made of. */
export interface FlaskAppArgs {
  /** Name of the Helm release, a DNS label of at most 53 characters. */
  releaseName: string;
  /** Namespace that exists. */
  namespace: pulumi.Input<string>;
  /** Values of the chart. `existingSecret`, `database` and `redis` are not for the caller: the component sets them. */
  values: FlaskAppValues;
  /** The PostgreSQL whose URL the app gets as DATABASE_URL. */
  postgresql: Database;
  /** The Redis whose URL the app gets as REDIS_URL. */
  redis: Database;
  /** Seconds that the release may take to become ready; past them an upgrade is rolled back. */
  timeoutSeconds: number;
  /** Any text: when it changes, the app gets a new SECRET_KEY. */
  rotation?: string;
}

/**
 * The Flask app: a Secret with SECRET_KEY, DATABASE_URL and REDIS_URL, and the Release of the chart in `./chart`, which
 * gets that Secret by name. Its pods restart when the Secret's content changes, and only then.
 */
export class FlaskApp extends pulumi.ComponentResource {
  /** Name of the Helm release. */
  public readonly releaseName: pulumi.Output<string>;
  /** Name of the Secret with SECRET_KEY, DATABASE_URL and REDIS_URL. */
  public readonly secretName: pulumi.Output<string>;
  /** URL of the Service, for callers in the cluster. */
  public readonly serviceUrl: pulumi.Output<string>;
  /** URL of the first Ingress host, if there is an Ingress. */
  public readonly ingressUrl: string | undefined;

  constructor(name: string, args: FlaskAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flask-app:index:FlaskApp", name, {}, opts);

    const envSecret = `${args.releaseName}-env`;
    const content = {
      SECRET_KEY: randomSecretValue(envSecret, "SECRET_KEY", 64, args.rotation, { parent: this }),
      DATABASE_URL: args.postgresql.url,
      REDIS_URL: args.redis.url,
    };
    const secret = new k8s.core.v1.Secret(
      envSecret,
      {
        metadata: {
          name: envSecret,
          namespace: args.namespace,
          ...rotationAnnotations({ SECRET_KEY: args.rotation }),
        },
        stringData: content,
      },
      { parent: this, hooks: existingObjectHooks(envSecret) },
    );

    const { values } = args;
    const chart = localChart(chartFolder);
    const releaseValues = (secretName: pulumi.Input<string>, checksum: pulumi.Input<string>) => ({
      ...values,
      existingSecret: secretName,
      podAnnotations: { ...values.podAnnotations, "checksum/secret": checksum },
      networkPolicy: {
        ...values.networkPolicy,
        egress: [args.postgresql.egress, args.redis.egress, ...(values.networkPolicy?.egress ?? [])],
      },
    });
    // The checksum of passwords that are still to be made is not known: any of its form does.
    const previewed = { folder: chartFolder, values: releaseValues(envSecret, "0".repeat(64)) };
    const { releaseName } = args;
    const rendered = pulumi.output(args.namespace).apply(async (namespace) => {
      if (pulumi.runtime.isDryRun()) {
        await checkRendering({ ...previewed, releaseName, namespace }, { parent: this });
      }
      return [];
    });
    const release = new k8s.helm.v3.Release(
      args.releaseName,
      {
        name: args.releaseName,
        namespace: args.namespace,
        ...releaseChart({ reference: chartFolder, version: chart.version }),
        timeout: args.timeoutSeconds,
        atomic: true,
        maxHistory: 10,
        values: releaseValues(secret.metadata.name, secretChecksum(content)),
      },
      {
        parent: this,
        deleteBeforeReplace: true,
        hooks: interruptedInstallHooks(args.releaseName),
        dependsOn: rendered,
      },
    );

    this.releaseName = release.name;
    this.secretName = secret.metadata.name;
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
