import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";
import { appChart, decodeBase64, defaultValues, lint, Manifests, render, renderError, Values } from "../helpers/helm";
import { everySection, sections } from "./sections";

const valuesFile = (environment: string) => path.join(__dirname, "guide", `values-${environment}.yaml`);

describe("the guide's values files, without their postgresql and redis blocks", function () {
  this.timeout(60_000);

  const always = ["ConfigMap", "Deployment", "Pod", "Secret", "Service", "ServiceAccount"];
  const kinds = {
    dev: always,
    staging: [...always, "HorizontalPodAutoscaler", "Ingress"],
    production: [
      ...always,
      "HorizontalPodAutoscaler",
      "Ingress",
      "NetworkPolicy",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "ServiceMonitor",
    ],
  };
  for (const [environment, expected] of Object.entries(kinds)) {
    it(`values-${environment}.yaml lints and renders manifests valid by the Kubernetes schemas`, async () => {
      const files = [valuesFile(environment)];
      const [output, manifests] = await Promise.all([lint({}, { files }), render({}, { files })]);
      assert.doesNotMatch(output, /\[(INFO|WARNING|ERROR)\]/);
      assert.deepEqual(manifests.kinds, [...expected].sort());
    });

    it(`values-${environment}.yaml has every one of its settings reach a manifest`, async () => {
      const text = fs.readFileSync(valuesFile(environment), "utf8");
      const rendered = JSON.stringify((await render({}, { files: [valuesFile(environment)] })).all.map(decodeData));
      for (const setting of leaves(yaml.parse(text)).filter((leaf) => typeof leaf === "string")) {
        assert.ok(rendered.includes(JSON.stringify(setting).slice(1, -1)), setting);
      }
    });
  }

  it("take the guide's command line on top", async () => {
    const args = ["--set", "replicaCount=3", "--set", "image.tag=v2.0.0"];
    const manifests = await render({}, { files: [valuesFile("dev")], args, release: "flask-app" });
    assert.equal(manifests.one("Deployment").spec?.replicas, 3);
    assert.equal(manifests.container.image, "tiangolo/uwsgi-nginx-flask:v2.0.0");
    assert.equal(manifests.one("Deployment").metadata?.name, "flask-app");
  });

  for (const template of [
    "deployment",
    "service",
    "configmap",
    "secret",
    "ingress",
    "hpa",
    "pvc",
    "networkpolicy",
    "servicemonitor",
    "poddisruptionbudget",
    "serviceaccount",
  ]) {
    it(`show one object alone with -s templates/${template}.yaml`, async () => {
      const args = ["-s", `templates/${template}.yaml`];
      assert.equal((await render(everySection, { args })).all.length, 1);
    });
  }
});

describe("a fault of the guide's chart that is gone:", function () {
  this.timeout(60_000);
  let defaults: Manifests;

  before("render the default values", async () => {
    defaults = await render();
  });

  describe("1. values.yaml lacks keys that the templates use", () => {
    it("no template uses a value that has no default", () => {
      const used = templates().flatMap((text) => [...text.matchAll(/\.Values((?:\.\w+)+)/g)].map(([, path]) => path));
      assert.ok(used.length > 50);
      assert.deepEqual(
        used.filter((path) => lookUp(defaultValues, path.slice(1).split(".")) === undefined),
        [],
      );
    });

    for (const [section, values] of Object.entries(sections)) {
      it(`the default values are enough for ${section}`, async () => {
        const manifests = await render(values);
        assert.doesNotMatch(JSON.stringify(manifests.all), /<nil>|<no value>/);
      });
    }

    it("the default values are enough for every part at once", async () => {
      assert.equal((await render(everySection)).all.length, 18);
    });
  });

  describe("2. the URLs have newlines in them and passwords as they are", () => {
    const password = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
    const database = { host: "db.example.com", port: 5433, name: "flask db/1", username: "flask@user:1", password };
    const redis = { host: "10.0.0.7", port: 6380, database: 3, password };
    let urls: { databaseUrl: string; redisUrl: string };

    before("render", async () => {
      const values = { database: { enabled: true, ...database }, redis: { enabled: true, ...redis } };
      const { data } = (await render(values)).one("Secret");
      urls = { databaseUrl: decodeBase64(data?.DATABASE_URL), redisUrl: decodeBase64(data?.REDIS_URL) };
    });

    it("a URL is one line, without a character that has no place in it", () => {
      for (const url of Object.values(urls)) {
        assert.match(url, /^[A-Za-z0-9%._~:/@-]+$/);
      }
    });

    it("every part that is printable ASCII comes back from the URL", () => {
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

    it("the URL is the one that the program makes of the same parts", () => {
      const { name, ...login } = database;
      assert.equal(normalize(urls.databaseUrl), normalize(postgresqlUrl({ ...login, database: name })));
      assert.equal(normalize(urls.redisUrl), normalize(redisUrl(redis)));
    });

    it("a Redis that asks for no password gets none", async () => {
      const { data } = (await render({ redis: { enabled: true, host: "cache" } })).one("Secret");
      assert.equal(decodeBase64(data?.REDIS_URL), redisUrl({ host: "cache", port: 6379, database: 0 }));
    });
  });

  it("3. the databases' host names are built from the app's: they are taken as they are set", async () => {
    const { data } = (await render(sections.database, { release: "flask-app" })).one("Secret");
    assert.equal(new URL(decodeBase64(data?.DATABASE_URL)).hostname, "db.example.com");
  });

  it("4. templates are listed or valued but missing: each has its template and makes its object", async () => {
    const { kinds } = await render(everySection);
    for (const kind of [
      "HorizontalPodAutoscaler",
      "PersistentVolumeClaim",
      "NetworkPolicy",
      "ServiceMonitor",
      "ServiceAccount",
      "PodDisruptionBudget",
    ]) {
      assert.ok(kinds.includes(kind), kind);
    }
  });

  it("5. template text in a value is taken for a key: the key that reaches the app is one from existingSecret", async () => {
    const files = [valuesFile("production")];
    const { container } = await render({ existingSecret: "external-secrets" }, { files });
    assert.deepEqual(container.envFrom?.[1], { secretRef: { name: "external-secrets" } });
  });

  it("6. the secret key, the ConfigMap and REDIS_URL do not reach the container: all keys of both objects do", async () => {
    const manifests = await render({ ...everySection, redis: { enabled: true, host: "cache", password: "p@ss" } });
    assert.deepEqual(manifests.container.envFrom, [
      { configMapRef: { name: manifests.one("ConfigMap").metadata?.name } },
      { secretRef: { name: manifests.one("Secret").metadata?.name } },
    ]);
    const { data } = manifests.one("Secret");
    assert.deepEqual(Object.keys(data ?? {}).sort(), ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"]);
    assert.equal(decodeBase64(data?.REDIS_URL), "redis://:p%40ss@cache:6379/0");
  });

  describe("7. production mounts one ReadWriteOnce claim into 3 to 20 pods", () => {
    it("the production values claim a volume that they can all mount", async () => {
      const { spec } = (await render({}, { files: [valuesFile("production")] })).one("PersistentVolumeClaim");
      assert.deepEqual(spec?.accessModes, ["ReadWriteMany"]);
    });

    it("a ReadWriteOnce claim for more than one pod is refused, with what to set", async () => {
      const persistence = { enabled: true, accessModes: ["ReadWriteOnce"] };
      const message = await renderError({ persistence, replicaCount: 3 });
      assert.match(message, /set it to \["ReadWriteMany"\], or replicaCount to 1/);
    });
  });

  it("8. volumes and volumeMounts are null: they are left out when there are none", () => {
    assert.ok(!("volumes" in defaults.pod));
    assert.ok(!("volumeMounts" in defaults.container));
  });

  it("9. FLASK_ENV does nothing: FLASK_DEBUG is set beside it", async () => {
    const { data } = (await render({ flask: { env: "development", debug: true } })).one("ConfigMap");
    assert.equal(data?.FLASK_ENV, "development");
    assert.equal(data?.FLASK_DEBUG, "true");
  });

  it("10. the default image answers neither /health nor /ready: the probes ask what it answers", () => {
    const { container } = defaults;
    assert.equal(container.image, "tiangolo/uwsgi-nginx-flask:python3.9");
    assert.equal(container.ports?.[0].containerPort, 80);
    assert.equal(container.livenessProbe?.httpGet?.path, "/");
    assert.equal(container.readinessProbe?.httpGet?.path, "/");
  });
});

/** A Secret with its data as text. */
function decodeData(manifest: { kind: string; data?: unknown }): unknown {
  if (manifest.kind !== "Secret") {
    return manifest;
  }
  const data = Object.entries(manifest.data as Record<string, string>);
  return { ...manifest, data: data.map(([key, value]) => [key, decodeBase64(value)]) };
}

/** A URL with every escape resolved: two escapings of one URL become the same text. */
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

function lookUp(values: unknown, [key, ...rest]: string[]): unknown {
  const value = (values as Values | undefined)?.[key];
  return rest.length === 0 ? value : lookUp(value, rest);
}

function leaves(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [value];
}
