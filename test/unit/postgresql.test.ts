import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { chartDigest } from "../../components/chartSource";
import { Postgresql } from "../../components/postgresql";
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
} from "./program";

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

  let run: ProgramRun;

  before(async () => {
    run = await deploy();
  });

  it("is two passwords, a Secret and a Release, which belong to the component", () => {
    assert.deepEqual(run.registrations.map(({ resource, parent }) => [resource, parent]).sort(), [
      ["Postgresql postgresql", "Stack flask-app-test"],
      [password, "Postgresql postgresql"],
      [superuserPassword, "Postgresql postgresql"],
      ["Release shop-postgresql", "Postgresql postgresql"],
      ["Secret shop-postgresql-auth", "Postgresql postgresql"],
    ]);
  });

  it("keeps two passwords of 32 letters and digits in a Secret, by the keys that the Bitnami chart reads", () => {
    for (const resource of [password, superuserPassword]) {
      assert.deepEqual(find(run, resource).inputs, { length: 32, special: false });
    }
    const { inputs, secretPaths } = find(run, "Secret shop-postgresql-auth");
    assert.deepEqual(inputs.metadata, { name: "shop-postgresql-auth", namespace: "shop" });
    assert.deepEqual(inputs.stringData, {
      password: passwordOf("shop-postgresql-auth-password"),
      "postgres-password": passwordOf("shop-postgresql-auth-postgres-password"),
    });
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("is the last Bitnami chart of its line, installed by name, with a bounded history and no roll-back", () => {
    const { inputs, deleteBeforeReplace } = find(run, "Release shop-postgresql");
    const { name, namespace, chart, version, description, timeout, maxHistory, atomic } = inputs;
    assert.deepEqual(
      { name, namespace, chart, version, description, timeout, maxHistory, atomic, deleteBeforeReplace },
      {
        name: "shop-postgresql",
        namespace: "shop",
        chart: "oci://registry-1.docker.io/bitnamicharts/postgresql",
        version: "12.12.10",
        description: "postgresql 12.12.10",
        timeout: 120,
        maxHistory: 10,
        atomic: undefined,
        deleteBeforeReplace: true,
      },
    );
  });

  it("hands the chart its user, database, volume, image and the Secret's name, but no password", () => {
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
    assert.deepEqual(shownToHelm(run, passwordForms(run)), []);
    assert.deepEqual(find(run, "Release shop-postgresql").secretPaths, []);
  });

  it("hands the chart the configured image, storage class, resources, and a volume that stays", async () => {
    const image = { registry: "registry.example.com", repository: "postgresql", tag: "16.1" };
    const resources = { requests: { cpu: "250m" }, limits: { memory: "1Gi" } };
    const configured = { image, resources, storage: { size: "20Gi", class: "fast-ssd" }, keepVolume: true };
    const values = valuesOf(await deploy(configured), "shop-postgresql") as {
      image: object;
      primary: Record<string, unknown>;
    };
    assert.deepEqual(values.image, image);
    assert.deepEqual(values.primary.resources, resources);
    assert.deepEqual(values.primary.persistence, { size: "20Gi", storageClass: "fast-ssd" });
    assert.deepEqual(values.primary.persistentVolumeClaimRetentionPolicy, {
      enabled: true,
      whenScaled: "Retain",
      whenDeleted: "Retain",
    });
  });

  it("takes a chart of your own, and says which content a local one has", async () => {
    const reference = "./sandbox/charts/postgresql";
    const { inputs } = find(await deploy({ chart: { reference, version: "12.12.10" } }), "Release shop-postgresql");
    assert.equal(inputs.chart, reference);
    assert.equal(inputs.description, `postgresql 12.12.10 (${chartDigest(reference)})`);
  });

  it("restarts its pod when a password changes", async () => {
    for (const changed of ["shop-postgresql-auth-password", "shop-postgresql-auth-postgres-password"]) {
      const passwords = (name: string) => (name === changed ? "new" : passwordOf(name));
      assert.notEqual(
        checksumOf(await deploy({}, { passwords }), "shop-postgresql"),
        checksumOf(run, "shop-postgresql"),
      );
    }
  });

  it("does not restart its pod for the Secret's sake when only other settings change", async () => {
    const changed = await deploy({ storage: { size: "9Gi" }, timeoutSeconds: 9, keepVolume: true, database: "other" });
    assert.equal(checksumOf(changed, "shop-postgresql"), checksumOf(run, "shop-postgresql"));
  });

  it("says where it is, how to log in and what its Secret is called", () => {
    const encoded = encodeURIComponent(passwordOf("shop-postgresql-auth-password"));
    const labels = {
      "app.kubernetes.io/name": "postgresql",
      "app.kubernetes.io/instance": "shop-postgresql",
      "app.kubernetes.io/component": "primary",
    };
    assert.deepEqual(run.outputs, {
      releaseName: { value: "shop-postgresql", secret: false },
      host: { value: "shop-postgresql.shop.svc.cluster.local", secret: false },
      port: { value: 5432, secret: false },
      username: { value: "ann", secret: false },
      database: { value: "orders", secret: false },
      secretName: { value: "shop-postgresql-auth", secret: false },
      url: {
        value: `postgresql://ann:${encoded}@shop-postgresql.shop.svc.cluster.local:5432/orders`,
        secret: true,
      },
      egress: {
        value: { to: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 5432, protocol: "TCP" }] },
        secret: false,
      },
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
