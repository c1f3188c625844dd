import "./components/promiseStacks";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { logChanges } from "./components/changes/previewChanges";
import { checkCluster } from "./components/checks/clusterCheck";
import { checkPlan } from "./components/checks/checkPlan";
import { dataFaults } from "./components/checks/databaseData";
import { readExternalSecrets } from "./components/checks/externalSecrets";
import { configRailFaults } from "./components/checks/guardRails";
import { recordPlan } from "./components/checks/plannedStack";
import { stackFaults } from "./components/checks/stackFaults";
import { unfinishedSetup } from "./components/checks/unfinishedSetup";
import { waiverWarnings } from "./components/checks/rails/waivers";
import { monitoringLabels } from "./components/config/chartValues";
import { InvalidConfigError, withFaults } from "./components/config/configFault";
import { findEncryption } from "./components/config/encryption";
import { withStackDefaults } from "./components/config/externalServers";
import { releaseNames } from "./components/config/releaseNames";
import { parseStackConfig } from "./components/config/stackConfig";
import { externalPostgresql, externalRedis } from "./components/externalDatabases";
import { FlaskApp } from "./components/flaskApp";
import { attachErrorHooks } from "./components/hooks/errorHooks";
import { denyByDefault, networkAccess } from "./components/networkPolicies";
import { Postgresql } from "./components/postgresql";
import { Redis } from "./components/redis";

/** The program: checks the config and the cluster, then registers the stack's resources. */
export = async (): Promise<Record<string, unknown>> => {
  const identity = { stack: pulumi.getStack(), project: pulumi.getProject() };
  const raw = pulumi.runtime.allConfig();
  const encryption = findEncryption(identity, Object.keys(raw));
  const { config, faults: faultsOfConfig } = parseStackConfig(identity, raw, encryption);
  const settings = {
    kubeconfig: raw["kubernetes:kubeconfig"],
    context: raw["kubernetes:context"],
    cluster: raw["kubernetes:cluster"],
  };
  const cluster = await checkCluster(identity, config, settings);
  const secrets = await readExternalSecrets(config, cluster?.client);
  const faults = withFaults(faultsOfConfig, [
    ...stackFaults(config),
    ...configRailFaults(identity.stack, config, new Date(), secrets.urls),
    ...secrets.faults,
    ...(cluster ? [...dataFaults(cluster.releases, config), ...unfinishedSetup(config, settings)] : []),
  ]);
  // A preview goes on, to find what only the manifests show.
  if (faults.length > 0 && !pulumi.runtime.isDryRun()) {
    throw new InvalidConfigError(identity, faults);
  }
  await Promise.all(waiverWarnings(config).map((warning) => pulumi.log.warn(warning)));
  const readPlan = recordPlan();
  attachErrorHooks(identity.stack, settings);
  const { timeoutSeconds, protect, rotation = {} } = config;
  const names = releaseNames(config);

  const namespaceObject = new k8s.core.v1.Namespace(
    config.namespace,
    {
      metadata: {
        name: config.namespace,
        labels: { "pod-security.kubernetes.io/enforce": config.podSecurity },
        ...(cluster && { annotations: cluster.ownerAnnotations }),
      },
    },
    { protect },
  );
  const target = { namespace: namespaceObject.metadata.name, timeoutSeconds };
  const network = networkAccess(names.app, config.app);

  const postgresql = config.postgresql.external
    ? externalPostgresql(withStackDefaults(config.postgresql.external, config), secrets.postgresql)
    : new Postgresql(
        "postgresql",
        {
          ...config.postgresql.inCluster,
          ...target,
          releaseName: names.postgresql,
          keepVolume: protect,
          rotation: rotation.postgresql,
          network,
          alertLabels: monitoringLabels(config.app),
        },
        { protect },
      );

  const redis = config.redis.external
    ? externalRedis(config.redis.external, secrets.redis)
    : new Redis(
        "redis",
        { ...config.redis.inCluster, ...target, releaseName: names.redis, rotation: rotation.redis, network },
        { protect },
      );

  const app = new FlaskApp("app", {
    ...target,
    releaseName: names.app,
    values: config.app,
    keepVolumes: protect,
    postgresql,
    redis,
    secretEnv: config.secretEnv,
    rotation: rotation.secretKey,
  });
  if (network) {
    denyByDefault({ ...target, releaseName: names.app, network }, { dependsOn: app });
  }

  if (pulumi.runtime.isDryRun()) {
    const rendered = await checkPlan({ identity, config, faults, plan: await readPlan(), cluster });
    if (cluster) {
      await logChanges(rendered, identity.stack);
    }
  }

  return {
    /** Names of the Helm releases, by component. */
    releases: { app: app.releaseName, postgresql: postgresql.releaseName, redis: redis.releaseName },
    /** Namespace of the releases. */
    namespace: namespaceObject.metadata.name,
    /** URLs of the app: `service` for callers in the cluster, `ingress` for those outside, if there is an Ingress. */
    urls: { service: app.serviceUrl, ingress: app.ingressUrl },
    /** DNS name of PostgreSQL; undefined if only the URL in a Secret says it. */
    databaseHost: postgresql.host,
    /** DNS name of Redis; undefined if only the URL in a Secret says it. */
    redisHost: redis.host,
    /** Names of the Secrets, by component. That of the app has the connection URLs, except those in other tools' Secrets. */
    secrets: { app: app.secretName, postgresql: postgresql.secretName, redis: redis.secretName },
  };
};
