import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parseStackConfig } from "./components/config";
import { externalPostgresql, externalRedis } from "./components/database";
import { FlaskApp } from "./components/flaskApp";
import { Postgresql } from "./components/postgresql";
import { Redis } from "./components/redis";

const config = parseStackConfig(pulumi.getStack(), pulumi.getProject(), pulumi.runtime.allConfig());
const { releaseName, timeoutSeconds, protect } = config;

const namespaceObject = new k8s.core.v1.Namespace(
  config.namespace,
  {
    metadata: {
      name: config.namespace,
      labels: { "pod-security.kubernetes.io/enforce": config.podSecurity },
    },
  },
  { protect },
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
      },
      { protect },
    );

const redis = config.redis.external
  ? externalRedis(config.redis.external)
  : new Redis("redis", { ...config.redis.inCluster!, ...target, releaseName: `${releaseName}-redis` }, { protect });

const app = new FlaskApp("app", { ...target, releaseName, values: config.app, postgresql, redis });

/** Helm releases that this stack consists of, by what they run. */
export const releases = {
  app: app.releaseName,
  postgresql: postgresql.releaseName,
  redis: redis.releaseName,
};
/** Namespace that they are in. */
export const namespace = namespaceObject.metadata.name;
/** URLs of the app: `service` for callers in the cluster, `ingress` for those outside, if there is an Ingress. */
export const urls = { service: app.serviceUrl, ingress: app.ingressUrl };
/** DNS name of PostgreSQL. */
export const databaseHost = postgresql.host;
/** DATABASE_URL as the app gets it; a secret. */
export const databaseUrl = postgresql.url;
/** REDIS_URL as the app gets it; a secret. */
export const redisUrl = redis.url;
