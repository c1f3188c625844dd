import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

// The naive program: the releases of ../../../index.ts written straight down. Config is cast, not checked, as in Pulumi's
// own getting-started guides.

interface InCluster {
  username: string;
  database: string;
  storage: { size: string; class?: string };
  resources?: object;
  chart?: { reference: string; version: string };
}

const config = new pulumi.Config();
const namespaceName = config.require("namespace");
const releaseName = config.require("releaseName");
const timeout = config.requireNumber("timeoutSeconds");
const app = config.requireObject<object>("app");
const postgresql = config.requireObject<{ inCluster: InCluster }>("postgresql").inCluster;
const redis = config.requireObject<{ inCluster: InCluster }>("redis").inCluster;

const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: namespaceName } }).metadata.name;

function password(name: string): pulumi.Output<string> {
  return new random.RandomPassword(name, { length: 32, special: false }).result;
}

function secret(name: string, stringData: Record<string, pulumi.Input<string>>): pulumi.Output<string> {
  return new k8s.core.v1.Secret(name, { metadata: { name, namespace }, stringData }).metadata.name;
}

function database(name: string, version: string, { chart }: InCluster, values: object): pulumi.Output<string> {
  return new k8s.helm.v3.Release(name, {
    name: `${releaseName}-${name}`,
    namespace,
    // Like all paths in the config, it starts at the project's folder.
    chart: chart ? `../../../${chart.reference}` : `oci://registry-1.docker.io/bitnamicharts/${name}`,
    version: chart?.version ?? version,
    timeout,
    values,
  }).name;
}

const postgresqlPassword = password("postgresql");
const postgresqlName = database("postgresql", "12.12.10", postgresql, {
  auth: {
    username: postgresql.username,
    database: postgresql.database,
    existingSecret: secret(`${releaseName}-postgresql-auth`, {
      password: postgresqlPassword,
      "postgres-password": password("postgres"),
    }),
  },
  primary: { persistence: { size: postgresql.storage.size }, resources: postgresql.resources },
});

const redisPassword = password("redis");
const redisName = database("redis", "17.17.1", redis, {
  architecture: "standalone",
  auth: {
    existingSecret: secret(`${releaseName}-redis-auth`, { "redis-password": redisPassword }),
    existingSecretPasswordKey: "redis-password",
  },
  master: { persistence: { size: redis.storage.size }, resources: redis.resources },
});

new k8s.helm.v3.Release("app", {
  name: releaseName,
  namespace,
  chart: "../../../chart",
  timeout,
  values: {
    ...app,
    existingSecret: secret(`${releaseName}-env`, {
      SECRET_KEY: password("secret-key"),
      DATABASE_URL: pulumi.interpolate`postgresql://${postgresql.username}:${postgresqlPassword}@${postgresqlName}/${postgresql.database}`,
      REDIS_URL: pulumi.interpolate`redis://:${redisPassword}@${redisName}-master/0`,
    }),
  },
});
