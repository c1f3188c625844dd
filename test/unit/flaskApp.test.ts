import assert from "node:assert/strict";
import { chartDigest, localChart } from "../../components/chartSource";
import { FlaskAppValues } from "../../components/config/config.generated";
import { externalPostgresql, externalRedis } from "../../components/database";
import { FlaskApp } from "../../components/flaskApp";
import {
  checksumOf,
  find,
  passwordForms,
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

  it("is a secret key, a Secret and a Release, which belong to the component", () => {
    assert.deepEqual(run.registrations.map(({ resource, parent }) => [resource, parent]).sort(), [
      ["FlaskApp app", "Stack flask-app-test"],
      ["RandomPassword shop-env-SECRET_KEY", "FlaskApp app"],
      ["Release shop", "FlaskApp app"],
      ["Secret shop-env", "FlaskApp app"],
    ]);
  });

  it("finds its secret key, of 64 letters and digits, and both databases' URLs in one Secret", () => {
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

  it("is the chart in ./chart, installed by name, rolled back when it fails, with a bounded history", () => {
    const { inputs, deleteBeforeReplace } = find(run, "Release shop");
    const { name, namespace, chart, version, description, timeout, atomic, maxHistory, skipAwait } = inputs;
    assert.deepEqual(
      { name, namespace, chart, version, description, timeout, atomic, maxHistory, skipAwait, deleteBeforeReplace },
      {
        name: "shop",
        namespace: "store",
        chart: "./chart",
        version: localChart("chart").version,
        // An edited template is a diff.
        description: `flask-app ${localChart("chart").version} (${chartDigest("chart")})`,
        timeout: 120,
        atomic: true,
        maxHistory: 10,
        skipAwait: undefined,
        deleteBeforeReplace: true,
      },
    );
  });

  it("hands the chart its Secret's name and the way to both databases, but no password", () => {
    assert.deepEqual(valuesOf(run, "shop"), {
      existingSecret: "shop-env",
      podAnnotations: { "checksum/secret": checksumOf(run, "shop") },
      networkPolicy: { egress: [postgresqlEgress, redisEgress] },
    });
    const hidden = [...passwordForms(run), "p@ss", "p%40ss", "w/rd", "w%2Frd", "postgresql://", "redis://"];
    assert.deepEqual(shownToHelm(run, hidden), []);
    assert.deepEqual(find(run, "Release shop").secretPaths, []);
  });

  it("hands the chart the given values as they are, pod annotations included", async () => {
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

  it("keeps what the given values say of its NetworkPolicy", async () => {
    const own = { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] };
    const networkPolicy = { enabled: true, ingressFrom: [{ podSelector: {} }], egress: [own] };
    assert.deepEqual(valuesOf(await deploy({ networkPolicy }), "shop").networkPolicy, {
      enabled: true,
      ingressFrom: [{ podSelector: {} }],
      egress: [postgresqlEgress, redisEgress, own],
    });
  });

  const newContents: [title: string, more: object, options: RunOptions][] = [
    ["its secret key", {}, { passwords: () => "new" }],
    ["DATABASE_URL", { postgresql: externalPostgresql({ ...postgresqlServer, password: "new" }) }, {}],
    ["REDIS_URL", { redis: externalRedis({ ...redisServer, tls: true }) }, {}],
  ];
  for (const [title, more, options] of newContents) {
    it(`restarts its pods when ${title} changes`, async () => {
      assert.notEqual(checksumOf(await deploy({}, more, options), "shop"), checksumOf(run, "shop"));
    });
  }

  it("does not restart its pods for the Secret's sake when only other values change", async () => {
    const changed = await deploy({ replicaCount: 9, flask: { debug: true } }, { timeoutSeconds: 9 });
    assert.equal(checksumOf(changed, "shop"), checksumOf(run, "shop"));
  });

  const serviceUrls: [title: string, values: FlaskAppValues, url: string][] = [
    ["without the port, when that is 80", {}, "http://shop-flask-app.store.svc.cluster.local"],
    ["with another port", { service: { port: 8080 } }, "http://shop-flask-app.store.svc.cluster.local:8080"],
    ["by fullnameOverride", { fullnameOverride: "front" }, "http://front.store.svc.cluster.local"],
  ];
  for (const [title, values, url] of serviceUrls) {
    it(`is reached in the cluster by its Service's URL ${title}`, async () => {
      assert.equal((await deploy(values)).outputs.serviceUrl.value, url);
    });
  }

  const host = (name: string, path = "/"): NonNullable<NonNullable<FlaskAppValues["ingress"]>["hosts"]>[number] => ({
    host: name,
    paths: [{ path, pathType: "Prefix" }],
  });
  const hosts = [host("shop.example.com"), host("www.example.com")];
  const ingressUrls: [title: string, ingress: FlaskAppValues["ingress"], url: string | undefined][] = [
    ["nowhere without an Ingress", undefined, undefined],
    ["nowhere while the Ingress is off", { enabled: false, hosts }, undefined],
    [
      "at the first host of the Ingress, and its path",
      { enabled: true, hosts: [host("shop.example.com", "/api"), host("www.example.com")] },
      "http://shop.example.com/api",
    ],
    [
      "by https when a certificate covers that host",
      { enabled: true, hosts, tls: [{ secretName: "tls", hosts: ["www.example.com", "shop.example.com"] }] },
      "https://shop.example.com/",
    ],
    [
      "by https when a wildcard certificate covers that host",
      { enabled: true, hosts, tls: [{ secretName: "tls", hosts: ["*.example.com"] }] },
      "https://shop.example.com/",
    ],
    [
      "by http when the certificates cover other hosts only",
      { enabled: true, hosts, tls: [{ secretName: "tls", hosts: ["www.example.com"] }] },
      "http://shop.example.com/",
    ],
  ];
  for (const [title, ingress, url] of ingressUrls) {
    it(`is reached from outside ${title}`, async () => {
      assert.equal((await deploy({ ingress })).outputs.ingressUrl.value, url);
    });
  }
});
