import assert from "node:assert/strict";
import * as fs from "fs";
import * as yaml from "yaml";
import { ownedValues } from "../../components/config/ownedValues";
import { mergeValues } from "../../components/mergeValues";
import { postgresqlImage } from "../../components/postgresql";
import { runProgram, valuesOf } from "../helpers/program";
import { errorOf, faultsOf, parse, storage } from "../helpers/stackConfig";
import { Postgresql } from "../../components/postgresql";
import { Redis } from "../../components/redis";

const user = { username: "ann", database: "orders", storage };
const postgresql = (values: object, more = {}) => ({ postgresql: { inCluster: { ...user, values, ...more } } });
const redis = (values: object, more = {}) => ({ redis: { inCluster: { storage, values, ...more } } });

/** An object with one value at a path; `podLabels.` ends the steps, because the keys of labels contain dots. */
function valueAt(path: string, value: unknown): object {
  const [before, label] = path.split(/(?<=podLabels)\./);
  const steps = [...before.split("."), ...(label ? [label] : [])];
  return steps.reduceRight<unknown>((child, step) => ({ [step]: child }), value) as object;
}

describe("Other values of a database's chart", () => {
  it("are accepted if the chart has them", () => {
    parse({
      ...postgresql({
        primary: {
          extendedConfiguration: "max_connections = 300",
          initdb: { scripts: { "extensions.sql": "CREATE EXTENSION vector;" } },
          tolerations: [{ key: "dedicated", operator: "Exists" }],
          nodeSelector: { "app.kubernetes.io/name": "db" },
          livenessProbe: { failureThreshold: 3 },
        },
        metrics: { enabled: true, image: { repository: "prometheuscommunity/postgres-exporter" } },
      }),
      ...redis({ master: { configuration: "maxmemory-policy allkeys-lru", disableCommands: [] } }),
    });
  });

  it("are accepted as docs/databases.md shows them", () => {
    const blocks = [...fs.readFileSync("docs/databases.md", "utf8").matchAll(/```yaml\n(.*?)```/gs)];
    assert.ok(blocks.length >= 3);
    for (const [, block] of blocks) {
      const config = Object.entries(yaml.parse(block) as object);
      parse(Object.fromEntries(config.map(([key, value]) => [key.replace("flask-app:", ""), value as unknown])));
    }
  });

  for (const [key, owned] of Object.entries(ownedValues)) {
    for (const [path, reason] of Object.entries(owned)) {
      it(`are refused if the program owns them: ${path} of ${key}`, () => {
        const config = { postgresql, redis }[key]!(valueAt(path, "any"));
        assert.deepEqual(faultsOf(config), [
          { path: `flask-app:${key}.inCluster.values.${path}`, problem: `must not be set: ${reason}` },
        ]);
      });
    }
  }

  const faulty: [title: string, changes: object, path: string, problem: string][] = [
    [
      "a typo",
      postgresql({ primary: { toleration: [] } }),
      "postgresql.inCluster.values.primary.toleration",
      "is not a value of the chart; did you mean tolerations?",
    ],
    [
      "a typo at the top",
      redis({ metric: { enabled: true } }),
      "redis.inCluster.values.metric",
      "is not a value of the chart; did you mean metrics?",
    ],
    [
      "a value of another type",
      redis({ master: { tolerations: { key: "dedicated" } } }),
      "redis.inCluster.values.master.tolerations",
      "found an object with key, accepted: an array",
    ],
    [
      "a value of the chart outside `values`",
      { postgresql: { inCluster: { ...user, tolerations: [] } } },
      "postgresql.inCluster.tolerations",
      "is a value of the chart; set postgresql.inCluster.values.primary.tolerations",
    ],
    [
      "a value that only the other chart has",
      { redis: { inCluster: { storage, extendedConfiguration: "" } } },
      "redis.inCluster.extendedConfiguration",
      "is not a known key; accepted here: storage, resources, chart, image, adoptVolume, values",
    ],
    [
      "init scripts in two places",
      postgresql({ primary: { initdb: { scripts: { "a.sql": "" }, scriptsSecret: "scripts" } } }),
      "postgresql.inCluster.values.primary.initdb.scriptsSecret",
      "must not be set: primary.initdb has other scripts; put them all into the Secret",
    ],
  ];
  for (const [title, changes, path, problem] of faulty) {
    it(`are refused: ${title}`, () => {
      assert.deepEqual(faultsOf({ ...changes }), [{ path: `flask-app:${path}`, problem }]);
    });
  }

  it("of a chart of another version may be unknown here, but those of the program stay refused", () => {
    const chart = { reference: "oci://registry.example.com/redis", version: "21.0.0" };
    const values = { master: { pdb: { create: true }, persistence: { enabled: false } } };
    assert.deepEqual(
      faultsOf(redis(values, { chart })).map(({ path }) => path),
      ["flask-app:redis.inCluster.values.master.persistence"],
    );
  });

  it("are refused if one is encrypted, because Helm would store it readable", () => {
    const path = "redis.inCluster.values.master.configuration";
    const encryption = { keys: ["redis"], paths: [path] };
    const { faults } = errorOf(() => parse(redis({ master: { configuration: "s3cret" } }), encryption));
    assert.deepEqual(
      faults.map((fault) => fault.path),
      [`flask-app:${path}`],
    );
    assert.match(faults[0].problem, /^is encrypted, but Helm or Kubernetes would store it readable/);
  });

  it("are merged under those of the program, lists of both one after the other", () => {
    const given = { a: "theirs", list: ["theirs"], only: { list: [1] }, deep: { a: 1, b: 2 } };
    const own = { a: "own", list: ["own"], deep: { b: 3 } };
    assert.deepEqual(mergeValues(given, own), {
      a: "own",
      list: ["theirs", "own"],
      only: { list: [1] },
      deep: { a: 1, b: 3 },
    });
    assert.deepEqual(mergeValues(undefined, own), own);
  });

  for (const [initdb, volume] of [
    [{ scripts: { "extensions.sql": "CREATE EXTENSION vector;" } }, "custom-init-scripts"],
    [{ scriptsSecret: "scripts" }, "custom-init-scripts-secret"],
  ] as const) {
    it(`let init scripts run in the first start: ${Object.keys(initdb).join()}`, async () => {
      const run = await runProgram(() => {
        const args = {
          ...user,
          namespace: "shop",
          timeoutSeconds: 120,
          releaseName: "shop-postgresql",
          keepVolume: true,
        };
        new Postgresql("postgresql", { ...args, values: { primary: { initdb } } });
        return {};
      });
      const { primary } = valuesOf(run, "shop-postgresql") as {
        primary: { initContainers: { volumeMounts: { name: string; mountPath: string }[] }[] };
      };
      const mounts = primary.initContainers[0].volumeMounts;
      assert.deepEqual(mounts.at(-1), { name: volume, mountPath: "/docker-entrypoint-initdb.d" });
    });
  }

  it("reach the releases, next to what the program sets", async () => {
    const common = { namespace: "shop", timeoutSeconds: 120, storage };
    const tolerations = [{ key: "dedicated", operator: "Exists" }];
    const run = await runProgram(() => {
      const values = { primary: { tolerations }, metrics: { enabled: true } };
      const args = { ...user, ...common, releaseName: "shop-postgresql", keepVolume: true };
      new Postgresql("postgresql", { ...args, values });
      new Redis("redis", {
        ...common,
        releaseName: "shop-redis",
        resources: { limits: { memory: "256Mi" } },
        values: { master: { tolerations, configuration: "maxmemory-policy allkeys-lru\n" } },
      });
      return {};
    });
    const {
      primary,
      metrics,
      image,
      auth: postgresqlAuth,
    } = valuesOf(run, "shop-postgresql") as Record<string, Record<string, unknown>>;
    assert.deepEqual(primary.tolerations, tolerations);
    assert.deepEqual(primary.persistence, { size: storage.size, storageClass: "" });
    assert.deepEqual(metrics, { enabled: true });
    assert.deepEqual(image, postgresqlImage);
    assert.equal(postgresqlAuth.database, "postgres", "the chart renders no metrics without a database");
    const { master, auth } = valuesOf(run, "shop-redis") as Record<string, Record<string, unknown>>;
    assert.deepEqual(master.tolerations, tolerations);
    assert.deepEqual(auth, { existingSecret: "shop-redis-auth" });
    assert.equal(
      master.configuration,
      "maxmemory 100663296\nmaxmemory-policy volatile-lru\nmaxmemory-policy allkeys-lru\n",
    );
  });
});
