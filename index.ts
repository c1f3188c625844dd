import "./components/promiseStacks";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkCluster } from "./components/checks/clusterCheck";
import { parseStackConfig } from "./components/config/stackConfig";
import { externalPostgresql, externalRedis } from "./components/database";
import { existingObjectHooks } from "./components/hooks/existingObject";
import { FlaskApp } from "./components/flaskApp";
import { Postgresql } from "./components/postgresql";
import { Redis } from "./components/redis";

/** The program: nothing is registered before the config and the cluster are checked. */
export = async (): Promise<Record<string, unknown>> => {
  const config = parseStackConfig(pulumi.getStack(), pulumi.getProject(), pulumi.runtime.allConfig());
  await checkCluster(config);
  const { releaseName, timeoutSeconds, protect, rotation = {} } = config;

  const namespaceObject = new k8s.core.v1.Namespace(
    config.namespace,
    {
      metadata: {
        name: config.namespace,
        labels: { "pod-security.kubernetes.io/enforce": config.podSecurity },
      },
    },
    { protect, hooks: existingObjectHooks(config.namespace) },
  );
  const target = { namespace: namespaceObject.metadata.name, timeoutSeconds };

  const postgresql = config.postgresql.external
    ? externalPostgresql(config.postgresql.external)
    : new Postgresql(
        "postgresql",
        {
          ...config.postgresql.inCluster!,
          ...target,
          releaseName: `${releaseName}-postgresql`,
          keepVolume: protect,
          rotation: rotation.postgresql,
        },
        { protect },
      );

  const redis = config.redis.external
    ? externalRedis(config.redis.external)
    : new Redis(
        "redis",
        { ...config.redis.inCluster!, ...target, releaseName: `${releaseName}-redis`, rotation: rotation.redis },
        { protect },
      );

  const app = new FlaskApp("app", {
    ...target,
    releaseName,
    values: config.app,
    postgresql,
    redis,
    rotation: rotation.secretKey,
  });

  return {
    /** Helm releases that this stack consists of, by what they run. */
    releases: { app: app.releaseName, postgresql: postgresql.releaseName, redis: redis.releaseName },
    /** Namespace that they are in. */
    namespace: namespaceObject.metadata.name,
    /** URLs of the app: `service` for callers in the cluster, `ingress` for those outside, if there is an Ingress. */
    urls: { service: app.serviceUrl, ingress: app.ingressUrl },
    /** DNS name of PostgreSQL. */
    databaseHost: postgresql.host,
    /** DATABASE_URL as the app gets it; a secret. */
    databaseUrl: postgresql.url,
    /** REDIS_URL as the app gets it; a secret. */
    redisUrl: redis.url,
  };
};
