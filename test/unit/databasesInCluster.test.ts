import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { chartDigest } from "../../components/chartSource";
import { ImageSource } from "../../components/config/config.generated";
import { Postgresql } from "../../components/postgresql";
import { Redis } from "../../components/redis";
import { find, passwordOf, ProgramRun, runProgram, RunOptions, valuesOf } from "../helpers/program";

/** What both databases accept. */
interface CommonArgs {
  releaseName?: string;
  storage?: { size: string; class?: string };
  image?: ImageSource;
  resources?: object;
  chart?: { reference: string; version: string };
}

/** How one of the two databases is configured, and what follows from that. */
interface Database {
  component: string;
  create: (args: CommonArgs, opts?: pulumi.ComponentResourceOptions) => Postgresql | Redis;
  version: string;
  image: ImageSource;
  /** Keys of the generated values in its Secret, as the Bitnami chart reads them. */
  keys: string[];
  /** Part of the chart's values that configures its server. */
  server: "primary" | "master";
  /** Name of its Service, for the release `shop-<name>`. */
  service: string;
  url: (password: string, host: string) => string;
  port: number;
  /** Resources that are never protected. */
  unprotected: string[];
}

const common = { namespace: "shop", timeoutSeconds: 120, storage: { size: "3Gi" } };
const job = "Job shop-postgresql-password";
const databases: Record<string, Database> = {
  postgresql: {
    component: "Postgresql postgresql",
    create: (args, opts) =>
      new Postgresql(
        "postgresql",
        { ...common, releaseName: "shop-postgresql", keepVolume: false, username: "ann", database: "orders", ...args },
        opts,
      ),
    version: "12.12.10",
    image: { registry: "docker.io", repository: "library/postgres", tag: "15.19-bookworm" },
    keys: ["password", "postgres-password"],
    server: "primary",
    service: "shop-postgresql",
    url: (password, host) => `postgresql://ann:${password}@${host}:5432/orders`,
    port: 5432,
    unprotected: [job],
  },
  redis: {
    component: "Redis redis",
    create: (args, opts) => new Redis("redis", { ...common, releaseName: "shop-redis", ...args }, opts),
    version: "17.17.1",
    image: { registry: "docker.io", repository: "library/redis", tag: "7.2.16-bookworm" },
    keys: ["redis-password"],
    server: "master",
    service: "shop-redis-master",
    url: (password, host) => `redis://:${password}@${host}:6379/0`,
    port: 6379,
    unprotected: [],
  },
};

for (const [name, database] of Object.entries(databases)) {
  const { component, create, version, image, keys, server, service, url, port, unprotected } = database;
  const releaseName = `shop-${name}`;
  const secretName = `${releaseName}-auth`;
  const passwords = keys.map((key) => `RandomPassword ${secretName}-${key}`);
  const deploy = (args: CommonArgs = {}, options: RunOptions = {}, opts?: pulumi.ComponentResourceOptions) =>
    runProgram(() => {
      const { releaseName, host, secretName, url, egress } = create(args, opts);
      return { releaseName, host, secretName, url, egress };
    }, options);
  const serverValues = (run: ProgramRun) => valuesOf(run, releaseName)[server] as Record<string, unknown>;

  describe(`The component of ${name}`, () => {
    let run: ProgramRun;

    before(async () => {
      run = await deploy();
    });

    it("owns its passwords, its Secret and its Release", () => {
      const owned = [...passwords, `Secret ${secretName}`, `Release ${releaseName}`, ...unprotected];
      assert.deepEqual(
        run.registrations.map(({ resource, parent }) => [resource, parent]).sort(),
        [[component, "Stack flask-app-test"], ...owned.map((resource) => [resource, component])].sort(),
      );
    });

    it("keeps passwords of 32 letters and digits in its Secret, under the keys that the Bitnami chart reads", () => {
      for (const password of passwords) {
        assert.deepEqual(find(run, password).inputs, { length: 32, special: false });
      }
      const { inputs, secretPaths } = find(run, `Secret ${secretName}`);
      assert.deepEqual(inputs.metadata, { name: secretName, namespace: "shop" });
      assert.deepEqual(
        inputs.stringData,
        Object.fromEntries(keys.map((key) => [key, passwordOf(`${secretName}-${key}`)])),
      );
      assert.deepEqual(secretPaths, ["stringData"]);
    });

    it("installs a pinned Bitnami chart under a fixed name, with a bounded history and no rollback", () => {
      const { inputs, deleteBeforeReplace } = find(run, `Release ${releaseName}`);
      const { values, ...others } = inputs;
      assert.ok(values);
      assert.deepEqual(others, {
        name: releaseName,
        namespace: "shop",
        chart: `oci://registry-1.docker.io/bitnamicharts/${name}`,
        version,
        description: `${name} ${version}`,
        timeout: 120,
        maxHistory: 10,
        compat: "true",
      });
      assert.equal(deleteBeforeReplace, true);
    });

    it("runs one server with its default image, a volume and the passwords of its Secret", () => {
      const values = valuesOf(run, releaseName);
      assert.equal(values.architecture, "standalone");
      assert.deepEqual(values.image, image);
      assert.equal((values.auth as { existingSecret: string }).existingSecret, secretName);
      assert.deepEqual(serverValues(run).persistence, { size: "3Gi", storageClass: "" });
      assert.deepEqual(serverValues(run).resources, {});
    });

    it("passes the configured image, resources and storage class to the chart", async () => {
      const resources = { requests: { cpu: "100m" }, limits: { memory: "256Mi" } };
      const configured = { registry: "registry.example.com", repository: name, tag: "7.2" };
      const storage = { size: "2Gi", class: "fast-ssd" };
      const changed = await deploy({ image: configured, resources, storage });
      assert.deepEqual(valuesOf(changed, releaseName).image, configured);
      assert.deepEqual(serverValues(changed).persistence, { size: "2Gi", storageClass: "fast-ssd" });
      assert.deepEqual(serverValues(changed).resources, resources);
    });

    it("accepts another chart, and describes the content of a local one", async () => {
      const reference = `./sandbox/charts/${name}`;
      const { inputs } = find(await deploy({ chart: { reference, version } }), `Release ${releaseName}`);
      assert.equal(inputs.chart, reference);
      assert.equal(inputs.description, `${name} ${version} (${chartDigest(reference)})`);
    });

    it("returns its host, its Secret, a secret URL and the egress rule that reaches it", () => {
      const host = `${service}.shop.svc.cluster.local`;
      const labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": releaseName,
        "app.kubernetes.io/component": server,
      };
      const password = encodeURIComponent(passwordOf(`${secretName}-${keys[0]}`));
      const egress = { to: [{ podSelector: { matchLabels: labels } }], ports: [{ port, protocol: "TCP" }] };
      assert.deepEqual(run.outputs, {
        releaseName: { value: releaseName, secret: false },
        host: { value: host, secret: false },
        secretName: { value: secretName, secret: false },
        url: { value: url(password, host), secret: true },
        egress: { value: egress, secret: false },
      });
    });

    it("adds the chart's name to its host if the release's name does not contain it", async () => {
      const { outputs } = await deploy({ releaseName: "data" });
      assert.equal(outputs.host.value, `${service.replace("shop", "data")}.shop.svc.cluster.local`);
    });

    it("protects its passwords, its Secret and its Release if it is protected", async () => {
      const { registrations } = await deploy({}, {}, { protect: true });
      const found = registrations.filter(({ protect }) => !protect).map(({ resource }) => resource);
      assert.deepEqual(found, unprotected);
    });
  });
}
