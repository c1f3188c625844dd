import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { chartDigest } from "../../components/chartSource";
import { Redis } from "../../components/redis";
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

describe("Redis in the cluster", () => {
  const args = { releaseName: "shop-redis", namespace: "shop", timeoutSeconds: 120, storage: { size: "3Gi" } };
  const deploy = (more = {}, options: RunOptions = {}, opts: pulumi.ComponentResourceOptions = {}) =>
    runProgram(() => {
      const { releaseName, host, port, secretName, url, egress } = new Redis("redis", { ...args, ...more }, opts);
      return { releaseName, host, port, secretName, url, egress };
    }, options);

  let run: ProgramRun;

  before(async () => {
    run = await deploy();
  });

  it("is a password, a Secret and a Release, which belong to the component", () => {
    assert.deepEqual(run.registrations.map(({ resource, parent }) => [resource, parent]).sort(), [
      ["RandomPassword shop-redis-auth-redis-password", "Redis redis"],
      ["Redis redis", "Stack flask-app-test"],
      ["Release shop-redis", "Redis redis"],
      ["Secret shop-redis-auth", "Redis redis"],
    ]);
  });

  it("keeps a password of 32 letters and digits in a Secret, by the key that the Bitnami chart reads", () => {
    assert.deepEqual(find(run, "RandomPassword shop-redis-auth-redis-password").inputs, { length: 32, special: false });
    const { inputs, secretPaths } = find(run, "Secret shop-redis-auth");
    assert.deepEqual(inputs.metadata, { name: "shop-redis-auth", namespace: "shop" });
    assert.deepEqual(inputs.stringData, { "redis-password": passwordOf("shop-redis-auth-redis-password") });
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("is the last Bitnami chart of its line, installed by name, with a bounded history and no roll-back", () => {
    const { inputs, deleteBeforeReplace } = find(run, "Release shop-redis");
    const { name, namespace, chart, version, description, timeout, maxHistory, atomic } = inputs;
    assert.deepEqual(
      { name, namespace, chart, version, description, timeout, maxHistory, atomic, deleteBeforeReplace },
      {
        name: "shop-redis",
        namespace: "shop",
        chart: "oci://registry-1.docker.io/bitnamicharts/redis",
        version: "17.17.1",
        description: "redis 17.17.1",
        timeout: 120,
        maxHistory: 10,
        atomic: undefined,
        deleteBeforeReplace: true,
      },
    );
  });

  it("hands the chart one server, its volume, image and the Secret's name, but no password", () => {
    assert.deepEqual(valuesOf(run, "shop-redis"), {
      architecture: "standalone",
      image: { repository: "bitnamilegacy/redis", tag: "7.0.12-debian-11-r34" },
      auth: { existingSecret: "shop-redis-auth" },
      master: {
        persistence: { size: "3Gi", storageClass: "" },
        resources: {},
        podAnnotations: { "checksum/secret": checksumOf(run, "shop-redis") },
      },
    });
    assert.deepEqual(shownToHelm(run, passwordForms(run)), []);
    assert.deepEqual(find(run, "Release shop-redis").secretPaths, []);
  });

  it("hands the chart the configured storage class, resources and image", async () => {
    const resources = { requests: { cpu: "100m" }, limits: { memory: "256Mi" } };
    const image = { registry: "registry.example.com", repository: "redis", tag: "7.2" };
    const configured = { image, resources, storage: { size: "2Gi", class: "fast-ssd" } };
    const values = valuesOf(await deploy(configured), "shop-redis") as {
      image: object;
      master: Record<string, unknown>;
    };
    assert.deepEqual(values.master.persistence, { size: "2Gi", storageClass: "fast-ssd" });
    assert.deepEqual(values.master.resources, resources);
    assert.deepEqual(values.image, image);
  });

  it("takes a chart of your own, and says which content a local one has", async () => {
    const reference = "./sandbox/charts/redis";
    const { inputs } = find(await deploy({ chart: { reference, version: "17.17.1" } }), "Release shop-redis");
    assert.equal(inputs.chart, reference);
    assert.equal(inputs.description, `redis 17.17.1 (${chartDigest(reference)})`);
  });

  it("restarts its pod when the password changes, and only then", async () => {
    const before = checksumOf(run, "shop-redis");
    assert.equal(checksumOf(await deploy({ storage: { size: "9Gi" }, timeoutSeconds: 9 }), "shop-redis"), before);
    assert.notEqual(checksumOf(await deploy({}, { passwords: () => "new" }), "shop-redis"), before);
  });

  it("makes a new password when the rotation changes, and notes that on the Secret", async () => {
    const rotated = await deploy({ rotation: "2026-11-24" }, {}, { protect: true });
    const { inputs, protect } = find(rotated, "RandomPassword shop-redis-auth-redis-password");
    assert.deepEqual(inputs, { length: 32, special: false, keepers: { rotation: "2026-11-24" } });
    assert.equal(protect, false, "what is protected cannot be replaced");
    assert.deepEqual(find(rotated, "Secret shop-redis-auth").inputs.metadata, {
      name: "shop-redis-auth",
      namespace: "shop",
      annotations: { "rotation.flask-app/redis-password": "2026-11-24" },
    });
  });

  it("says where it is, how to log in and what its Secret is called", () => {
    const encoded = encodeURIComponent(passwordOf("shop-redis-auth-redis-password"));
    const labels = {
      "app.kubernetes.io/name": "redis",
      "app.kubernetes.io/instance": "shop-redis",
      "app.kubernetes.io/component": "master",
    };
    assert.deepEqual(run.outputs, {
      releaseName: { value: "shop-redis", secret: false },
      host: { value: "shop-redis-master.shop.svc.cluster.local", secret: false },
      port: { value: 6379, secret: false },
      secretName: { value: "shop-redis-auth", secret: false },
      url: { value: `redis://:${encoded}@shop-redis-master.shop.svc.cluster.local:6379/0`, secret: true },
      egress: {
        value: { to: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 6379, protocol: "TCP" }] },
        secret: false,
      },
    });
  });

  it("is found by the chart's own name when the release is called otherwise", async () => {
    const { outputs } = await deploy({ releaseName: "cache" });
    assert.equal(outputs.host.value, "cache-redis-master.shop.svc.cluster.local");
  });

  it("protects its password, its Secret and its Release when it is protected", async () => {
    const { registrations } = await deploy({}, {}, { protect: true });
    assert.equal(registrations.length, 4);
    assert.deepEqual(
      registrations.filter(({ protect }) => !protect),
      [],
    );
  });
});
