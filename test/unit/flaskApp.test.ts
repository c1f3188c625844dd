import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { chartDigest, localChart } from "../../components/chartSource";
import { FlaskAppValues } from "../../components/config/config.generated";
import { externalPostgresql, externalRedis } from "../../components/externalDatabases";
import { FlaskApp } from "../../components/flaskApp";
import {
  checksumOf,
  find,
  passwordOf,
  ProgramRun,
  runProgram,
  RunOptions,
  shownToHelm,
  valuesOf,
} from "../helpers/program";

describe("The Flask app", () => {
  const postgresqlServer = { host: "db.example.com", username: "ann", database: "orders", password: "p@ss" };
  const redisServer = { host: "cache.example.com", password: "w/rd" };
  const databaseUrl = "postgresql://ann:p%40ss@db.example.com:5432/orders";
  const redisUrl = "redis://:w%2Frd@cache.example.com:6379/0";
  const postgresqlEgress = {
    to: [{ ipBlock: { cidr: "0.0.0.0/0" } }],
    ports: [{ port: 5432, protocol: "TCP" }],
  };
  const redisEgress = { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 6379, protocol: "TCP" }] };

  const deploy = (values: FlaskAppValues = {}, more = {}, options: RunOptions = {}) =>
    runProgram(() => {
      const { releaseName, secretName, serviceUrl, ingressUrl } = new FlaskApp("app", {
        releaseName: "shop",
        namespace: "store",
        timeoutSeconds: 120,
        values,
        postgresql: externalPostgresql(postgresqlServer),
        redis: externalRedis(redisServer),
        ...more,
      });
      return { releaseName, secretName, serviceUrl, ingressUrl };
    }, options);

  let run: ProgramRun;

  before(async () => {
    run = await deploy();
  });

  it("owns a secret key, a Secret and a Release", () => {
    assert.deepEqual(run.registrations.map(({ resource, parent }) => [resource, parent]).sort(), [
      ["FlaskApp app", "Stack flask-app-test"],
      ["RandomPassword shop-env-SECRET_KEY", "FlaskApp app"],
      ["Release shop", "FlaskApp app"],
      ["Secret shop-env", "FlaskApp app"],
    ]);
  });

  it("keeps its secret key of 64 letters and digits and the URLs of both databases in one Secret", () => {
    assert.deepEqual(find(run, "RandomPassword shop-env-SECRET_KEY").inputs, { length: 64, special: false });
    const { inputs, secretPaths } = find(run, "Secret shop-env");
    assert.deepEqual(inputs.metadata, { name: "shop-env", namespace: "store" });
    assert.deepEqual(inputs.stringData, {
      SECRET_KEY: passwordOf("shop-env-SECRET_KEY"),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
    });
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("keeps the claims that its chart creates, if it is asked to", async () => {
    const existing = { type: "existingClaim", existingClaim: "models" } as const;
    const valuesWith = async (values: FlaskAppValues, keepVolumes: boolean) => {
      const { persistence, mlModel } = valuesOf(await deploy(values, { keepVolumes }), "shop") as FlaskAppValues;
      return [persistence, mlModel?.volume];
    };
    const own: FlaskAppValues = {
      persistence: { enabled: true, size: "2Gi" },
      mlModel: { enabled: true, volume: { type: "claim" } },
    };
    const others: FlaskAppValues = {
      persistence: { enabled: true, existingClaim: "data" },
      mlModel: { enabled: true, volume: existing },
    };
    assert.deepEqual(await valuesWith(own, true), [
      { enabled: true, size: "2Gi", retain: true },
      { type: "claim", retain: true },
    ]);
    assert.deepEqual(await valuesWith(own, false), [own.persistence, own.mlModel?.volume]);
    assert.deepEqual(await valuesWith(others, true), [others.persistence, existing]);
    assert.deepEqual(await valuesWith({}, true), [undefined, undefined]);
  });

  it("keeps further secret variables in the same Secret, and restarts its pods when one changes", async () => {
    const secretEnv = { STRIPE_KEY: pulumi.secret("sk_live_1"), DATABASE_URL: "not the component's" };
    const extended = await deploy({}, { secretEnv });
    const { inputs, secretPaths } = find(extended, "Secret shop-env");
    assert.deepEqual(inputs.stringData, {
      SECRET_KEY: passwordOf("shop-env-SECRET_KEY"),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      STRIPE_KEY: "sk_live_1",
    });
    assert.deepEqual(secretPaths, ["stringData"]);
    assert.deepEqual(shownToHelm(extended, ["sk_live_1"]), []);
    const changed = await deploy({}, { secretEnv: { STRIPE_KEY: "sk_live_2" } });
    const checksums = [run, extended, changed].map((each) => checksumOf(each, "shop"));
    assert.equal(new Set(checksums).size, 3);
  });

  it("installs ./chart under a fixed name, with rollback on failure and a bounded history", () => {
    const { inputs, deleteBeforeReplace } = find(run, "Release shop");
    const { name, namespace, chart, version, description, timeout, atomic, maxHistory, skipAwait } = inputs;
    assert.deepEqual(
      { name, namespace, chart, version, description, timeout, atomic, maxHistory, skipAwait, deleteBeforeReplace },
      {
        name: "shop",
        namespace: "store",
        chart: "./chart",
        version: localChart("chart").version,
        // The digest makes an edited template a diff.
        description: `flask-app ${localChart("chart").version} (${chartDigest("chart")})`,
        timeout: 120,
        atomic: true,
        maxHistory: 10,
        skipAwait: undefined,
        deleteBeforeReplace: true,
      },
    );
  });

  it("passes the name of its Secret and the egress rules of both databases to the chart", () => {
    assert.deepEqual(valuesOf(run, "shop"), {
      existingSecret: "shop-env",
      podAnnotations: { "checksum/secret": checksumOf(run, "shop") },
      networkPolicy: { egress: [postgresqlEgress, redisEgress] },
    });
  });

  it("passes its values to the chart unchanged, including pod annotations", async () => {
    const values = {
      replicaCount: 4,
      image: { repository: "registry.example.com/shop", tag: "v2" },
      resources: { limits: { memory: "256Mi" } },
      podAnnotations: { team: "shop" },
    };
    const { existingSecret, networkPolicy, ...handed } = valuesOf(await deploy(values), "shop");
    assert.deepEqual(handed, {
      ...values,
      podAnnotations: { team: "shop", "checksum/secret": checksumOf(run, "shop") },
    });
    assert.ok(existingSecret && networkPolicy);
  });

  it("lets null remove a default of the chart, which the provider would leave out", async () => {
    const { inputs } = find(await deploy({ replicaCount: null }), "Release shop");
    assert.equal(inputs.allowNullValues, true);
    assert.ok(!("allowNullValues" in find(run, "Release shop").inputs));
  });

  it("keeps the values of its NetworkPolicy", async () => {
    const own = { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] };
    const networkPolicy = { enabled: true, ingressFrom: [{ podSelector: {} }], egress: [own] };
    assert.deepEqual(valuesOf(await deploy({ networkPolicy }), "shop").networkPolicy, {
      enabled: true,
      ingressFrom: [{ podSelector: {} }],
      egress: [postgresqlEgress, redisEgress, own],
    });
  });

  const serviceUrls: [title: string, values: FlaskAppValues, url: string][] = [
    ["without port 80", {}, "http://shop-flask-app.store.svc.cluster.local"],
    ["with another port", { service: { port: 8080 } }, "http://shop-flask-app.store.svc.cluster.local:8080"],
    ["with fullnameOverride", { fullnameOverride: "front" }, "http://front.store.svc.cluster.local"],
  ];
  for (const [title, values, url] of serviceUrls) {
    it(`has a URL in the cluster ${title}`, async () => {
      assert.equal((await deploy(values)).outputs.serviceUrl.value, url);
    });
  }

  const host = (name: string, path = "/"): NonNullable<NonNullable<FlaskAppValues["ingress"]>["hosts"]>[number] => ({
    host: name,
    paths: [{ path, pathType: "Prefix" }],
  });
  const hosts = [host("shop.example.com"), host("www.example.com")];
  const ingressUrls: [title: string, ingress: FlaskAppValues["ingress"], url: string | undefined][] = [
    ["no URL outside the cluster without an Ingress", undefined, undefined],
    ["no URL outside the cluster if the Ingress is disabled", { enabled: false, hosts }, undefined],
    [
      "the URL of the first host of the Ingress and its path",
      { enabled: true, hosts: [host("shop.example.com", "/api"), host("www.example.com")] },
      "http://shop.example.com/api",
    ],
    [
      "an https URL if a certificate covers that host",
      { enabled: true, hosts, tls: [{ secretName: "tls", hosts: ["www.example.com", "shop.example.com"] }] },
      "https://shop.example.com/",
    ],
    [
      "an https URL if a wildcard certificate covers that host",
      { enabled: true, hosts, tls: [{ secretName: "tls", hosts: ["*.example.com"] }] },
      "https://shop.example.com/",
    ],
    [
      "an http URL if the certificates cover only other hosts",
      { enabled: true, hosts, tls: [{ secretName: "tls", hosts: ["www.example.com"] }] },
      "http://shop.example.com/",
    ],
  ];
  for (const [title, ingress, url] of ingressUrls) {
    it(`has ${title}`, async () => {
      assert.equal((await deploy({ ingress })).outputs.ingressUrl.value, url);
    });
  }
});
