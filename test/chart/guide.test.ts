import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";
import { appChart, decodeBase64, defaultValues, lint, render } from "../helpers/helm";
import { valueAt } from "./valuesSchema";

const guideFolder = path.join(__dirname, "guide");

describe("the guide's values files, without their postgresql and redis blocks", function () {
  this.timeout(60_000);

  for (const name of fs.readdirSync(guideFolder)) {
    const file = path.join(guideFolder, name);

    it(`lint and render valid manifests: ${name}`, async () => {
      const [output] = await Promise.all([lint({}, { files: [file] }), render({}, { files: [file] })]);
      assert.doesNotMatch(output, /\[(INFO|WARNING|ERROR)\]/);
    });

    it(`have every setting reach a manifest: ${name}`, async () => {
      const rendered = JSON.stringify((await render({}, { files: [file] })).all.map(decodeData));
      for (const setting of leaves(yaml.parse(fs.readFileSync(file, "utf8")))) {
        if (typeof setting === "string") {
          assert.ok(rendered.includes(JSON.stringify(setting).slice(1, -1)), setting);
        }
      }
    });
  }
});

describe("the chart fixes what is wrong in the guide's:", function () {
  this.timeout(60_000);

  it("every value that a template uses has a default", () => {
    const used = templates().flatMap((text) => [...text.matchAll(/\.Values((?:\.\w+)+)/g)].map(([, path]) => path));
    assert.ok(used.length > 50);
    for (const path of used) {
      assert.notEqual(valueAt(defaultValues, path.slice(1)), undefined, path);
    }
  });

  it("the default image is probed on paths that it answers", async () => {
    const { container } = await render();
    assert.equal(container.image, "tiangolo/uwsgi-nginx-flask:python3.9");
    assert.equal(container.ports?.[0].containerPort, 80);
    assert.equal(container.livenessProbe?.httpGet?.path, "/");
    assert.equal(container.readinessProbe?.httpGet?.path, "/");
  });

  it("the production values claim a volume that all their pods can mount", async () => {
    const { spec } = (await render({}, { files: [path.join(guideFolder, "values-production.yaml")] })).one(
      "PersistentVolumeClaim",
    );
    assert.deepEqual(spec?.accessModes, ["ReadWriteMany"]);
  });

  describe("a connection URL", () => {
    const password = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
    const database = { host: "db.example.com", port: 5433, name: "flask db/1", username: "flask@user:1", password };
    const redis = { host: "10.0.0.7", port: 6380, database: 3, password };
    let urls: { databaseUrl: string; redisUrl: string };

    before("render", async () => {
      const values = { database: { enabled: true, ...database }, redis: { enabled: true, ...redis } };
      const { data } = (await render(values)).one("Secret");
      urls = { databaseUrl: decodeBase64(data?.DATABASE_URL), redisUrl: decodeBase64(data?.REDIS_URL) };
    });

    it("is one line of characters that a URL may hold", () => {
      for (const url of Object.values(urls)) {
        assert.match(url, /^[A-Za-z0-9%._~:/@-]+$/);
      }
    });

    it("holds every part, percent-encoded", () => {
      const database = new URL(urls.databaseUrl);
      assert.equal(decodeURIComponent(database.username), "flask@user:1");
      assert.equal(decodeURIComponent(database.password), password);
      assert.equal(database.host, "db.example.com:5433");
      assert.equal(decodeURIComponent(database.pathname), "/flask db/1");
      const redis = new URL(urls.redisUrl);
      assert.equal(redis.username, "");
      assert.equal(decodeURIComponent(redis.password), password);
      assert.equal(redis.host, "10.0.0.7:6380");
      assert.equal(redis.pathname, "/3");
    });

    it("is the one that the program builds from the same parts", () => {
      const { name, ...login } = database;
      assert.equal(normalize(urls.databaseUrl), normalize(postgresqlUrl({ ...login, database: name })));
      assert.equal(normalize(urls.redisUrl), normalize(redisUrl(redis)));
    });

    it("has no password for a Redis that needs none", async () => {
      const { data } = (await render({ redis: { enabled: true, host: "cache" } })).one("Secret");
      assert.equal(decodeBase64(data?.REDIS_URL), redisUrl({ host: "cache", port: 6379, database: 0 }));
    });
  });
});

/** A Secret with its data decoded; other manifests as they are. */
function decodeData(manifest: { kind: string; data?: unknown }): unknown {
  if (manifest.kind !== "Secret") {
    return manifest;
  }
  const data = Object.entries(manifest.data as Record<string, string>);
  return { ...manifest, data: data.map(([key, value]) => [key, decodeBase64(value)]) };
}

/** A URL with every escape resolved: two encodings of one URL become the same text. */
function normalize(url: string): string {
  return url
    .split(/([:/@])/)
    .map(decodeURIComponent)
    .join("\n");
}

function templates(): string[] {
  return fs
    .readdirSync(path.join(appChart, "templates"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
}

function leaves(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value];
}
