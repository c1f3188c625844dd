import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { chartDigest } from "../../components/chartSource";
import { Postgresql } from "../../components/postgresql";
import { checksumOf, find, ofType, passwordForms, passwordOf, runProgram, RunOptions, valuesOf } from "./program";

describe("PostgreSQL in the cluster", () => {
  const args = {
    releaseName: "shop-postgresql",
    namespace: "shop",
    timeoutSeconds: 120,
    keepVolume: false,
    username: "ann",
    database: "orders",
    storage: { size: "3Gi" },
  };
  const deploy = (more = {}, options: RunOptions = {}, opts: pulumi.ComponentResourceOptions = {}) =>
    runProgram(() => {
      const { releaseName, host, port, username, database, secretName, url, egress } = new Postgresql(
        "postgresql",
        { ...args, ...more },
        opts,
      );
      return { releaseName, host, port, username, database, secretName, url, egress };
    }, options);
  const password = "RandomPassword shop-postgresql-auth-password";
  const superuserPassword = "RandomPassword shop-postgresql-auth-postgres-password";

  it("is two passwords, a Secret and a Release, which belong to the component", async () => {
    const { registrations } = await deploy();
    assert.deepEqual(registrations.map(({ resource, parent }) => [resource, parent]).sort(), [
      ["Postgresql postgresql", "Stack flask-app-test"],
      [password, "Postgresql postgresql"],
      [superuserPassword, "Postgresql postgresql"],
      ["Release shop-postgresql", "Postgresql postgresql"],
      ["Secret shop-postgresql-auth", "Postgresql postgresql"],
    ]);
  });

  it("has two passwords of 32 letters and digits", async () => {
    const run = await deploy();
    for (const resource of [password, superuserPassword]) {
      assert.deepEqual(find(run, resource).inputs, { length: 32, special: false });
    }
  });

  it("keeps them in a Secret, by the keys that the Bitnami chart reads", async () => {
    const { inputs, secretPaths } = find(await deploy(), "Secret shop-postgresql-auth");
    assert.deepEqual(inputs.metadata, { name: "shop-postgresql-auth", namespace: "shop" });
    assert.deepEqual(inputs.stringData, {
      password: passwordOf("shop-postgresql-auth-password"),
      "postgres-password": passwordOf("shop-postgresql-auth-postgres-password"),
    });
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("is the last Bitnami chart of its line, installed by name, with a bounded history and no roll-back", async () => {
    const { inputs } = find(await deploy(), "Release shop-postgresql");
    const { name, namespace, chart, version, description, timeout, maxHistory, atomic } = inputs;
    assert.deepEqual(
      { name, namespace, chart, version, description, timeout, maxHistory, atomic },
      {
        name: "shop-postgresql",
        namespace: "shop",
        chart: "oci://registry-1.docker.io/bitnamicharts/postgresql",
        version: "12.12.10",
        description: "postgresql 12.12.10",
        timeout: 120,
        maxHistory: 10,
        atomic: undefined,
      },
    );
  });

  it("is deleted before it is replaced: two releases cannot have one name", async () => {
    assert.equal(find(await deploy(), "Release shop-postgresql").deleteBeforeReplace, true);
  });

  it("hands the chart its user, database, volume, image and the Secret's name", async () => {
    const run = await deploy();
    assert.deepEqual(valuesOf(run, "shop-postgresql"), {
      architecture: "standalone",
      image: { repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" },
      auth: { username: "ann", database: "orders", existingSecret: "shop-postgresql-auth" },
      primary: {
        persistence: { size: "3Gi", storageClass: "" },
        persistentVolumeClaimRetentionPolicy: { enabled: true, whenScaled: "Retain", whenDeleted: "Delete" },
        resources: {},
        podAnnotations: { "checksum/secret": checksumOf(run, "shop-postgresql") },
      },
    });
  });

  it("hands the chart the configured storage class and resources", async () => {
    const resources = { requests: { cpu: "250m" }, limits: { memory: "1Gi" } };
    const run = await deploy({ storage: { size: "20Gi", class: "fast-ssd" }, resources });
    const { primary } = valuesOf(run, "shop-postgresql") as { primary: Record<string, unknown> };
    assert.deepEqual(primary.persistence, { size: "20Gi", storageClass: "fast-ssd" });
    assert.deepEqual(primary.resources, resources);
  });

  it("keeps its volume when it is deleted, if it is told to", async () => {
    const { primary } = valuesOf(await deploy({ keepVolume: true }), "shop-postgresql") as {
      primary: { persistentVolumeClaimRetentionPolicy: object };
    };
    assert.deepEqual(primary.persistentVolumeClaimRetentionPolicy, {
      enabled: true,
      whenScaled: "Retain",
      whenDeleted: "Retain",
    });
  });

  it("takes a chart and an image of your own", async () => {
    const image = { registry: "registry.example.com", repository: "postgresql", tag: "16.1" };
    const chart = { reference: "oci://registry.example.com/charts/postgresql", version: "13.0.0" };
    const run = await deploy({ image, chart });
    const { inputs } = find(run, "Release shop-postgresql");
    assert.deepEqual([inputs.chart, inputs.version], [chart.reference, chart.version]);
    assert.deepEqual(valuesOf(run, "shop-postgresql").image, image);
  });

  it("says which content a local chart has", async () => {
    const reference = "./sandbox/charts/postgresql";
    const { inputs } = find(await deploy({ chart: { reference, version: "12.12.10" } }), "Release shop-postgresql");
    assert.equal(inputs.chart, reference);
    assert.equal(inputs.description, `postgresql 12.12.10 (${chartDigest(reference)})`);
  });

  it("shows Helm no password and no secret", async () => {
    const run = await deploy();
    const { inputs, secretPaths } = find(run, "Release shop-postgresql");
    const shown = JSON.stringify(inputs);
    assert.equal(ofType(run, "RandomPassword").length, 2);
    assert.deepEqual(
      passwordForms(run).filter((form) => shown.includes(form)),
      [],
    );
    assert.deepEqual(secretPaths, []);
  });

  it("restarts its pod when a password changes", async () => {
    const before = checksumOf(await deploy(), "shop-postgresql");
    for (const changed of ["shop-postgresql-auth-password", "shop-postgresql-auth-postgres-password"]) {
      const passwords = (name: string) => (name === changed ? "new" : passwordOf(name));
      assert.notEqual(checksumOf(await deploy({}, { passwords }), "shop-postgresql"), before);
    }
  });

  it("does not restart its pod for the Secret's sake when only other settings change", async () => {
    const before = checksumOf(await deploy(), "shop-postgresql");
    const run = await deploy({ storage: { size: "9Gi" }, timeoutSeconds: 9, keepVolume: true, database: "other" });
    assert.equal(checksumOf(run, "shop-postgresql"), before);
  });

  it("is installed after its Secret", async () => {
    const { dependencies } = find(await deploy(), "Release shop-postgresql");
    assert.ok(dependencies.includes("Secret shop-postgresql-auth"), dependencies.join());
  });

  it("says where it is, how to log in and what its Secret is called", async () => {
    const { outputs } = await deploy();
    const { egress, url, ...plain } = outputs;
    const values = Object.fromEntries(Object.entries(plain).map(([name, { value }]) => [name, value]));
    assert.deepEqual(values, {
      releaseName: "shop-postgresql",
      host: "shop-postgresql.shop.svc.cluster.local",
      port: 5432,
      username: "ann",
      database: "orders",
      secretName: "shop-postgresql-auth",
    });
    assert.deepEqual(
      Object.entries(outputs).flatMap(([name, { secret }]) => (secret ? [name] : [])),
      ["url"],
    );
    const encoded = encodeURIComponent(passwordOf("shop-postgresql-auth-password"));
    assert.equal(url.value, `postgresql://ann:${encoded}@shop-postgresql.shop.svc.cluster.local:5432/orders`);
    assert.deepEqual(egress.value, {
      to: [
        {
          podSelector: {
            matchLabels: {
              "app.kubernetes.io/name": "postgresql",
              "app.kubernetes.io/instance": "shop-postgresql",
              "app.kubernetes.io/component": "primary",
            },
          },
        },
      ],
      ports: [{ port: 5432, protocol: "TCP" }],
    });
  });

  it("is found by the chart's own name when the release is called otherwise", async () => {
    const { outputs } = await deploy({ releaseName: "pg" });
    assert.equal(outputs.host.value, "pg-postgresql.shop.svc.cluster.local");
  });

  it("protects its passwords, its Secret and its Release when it is protected", async () => {
    const { registrations } = await deploy({}, {}, { protect: true });
    assert.equal(registrations.length, 5);
    assert.deepEqual(
      registrations.filter(({ protect }) => !protect),
      [],
    );
  });
});
