import assert from "node:assert/strict";
import * as fs from "fs";
import { isBuiltin } from "module";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../../tools/lib/paths";
import { createNothing, passwordType, Properties, runProject } from "../../tools/lib/program";

/** The index.ts of another project, which has neither this project's config nor its checks. */
const otherProgram = `
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { externalRedis } from "./components/externalDatabases";
import { FlaskApp } from "./components/flaskApp";
import { Postgresql } from "./components/postgresql";
import { Redis } from "./components/redis";

export = () => {
  const namespace = new k8s.core.v1.Namespace("ranking").metadata.name;
  const target = { namespace, timeoutSeconds: 120 };
  const postgresql = new Postgresql("orders", {
    ...target,
    releaseName: "orders",
    username: "ranking",
    database: "orders",
    storage: { size: "1Gi" },
    keepVolume: false,
  });
  const redis = new Redis("cache", { ...target, releaseName: "cache", storage: { size: "1Gi" } });
  const app = new FlaskApp("app", {
    ...target,
    releaseName: "ranking",
    values: { image: { repository: "registry.example.com/ranking", tag: "1.0.0" } },
    postgresql,
    redis,
    secretEnv: { STRIPE_KEY: pulumi.secret("sk_live_1") },
  });
  const worker = new FlaskApp("worker", {
    ...target,
    releaseName: "worker",
    values: {},
    postgresql,
    redis: externalRedis({ host: "redis.example.com" }),
  });
  return { urls: [app.serviceUrl, worker.serviceUrl] };
};
`;

const components = ["flaskApp", "postgresql", "redis"].map((name) => `components/${name}.ts`);

describe("The components, copied into another program,", function () {
  this.timeout(120_000);
  let folder: string;
  const { files, packages } = withImports([...components, "components/externalDatabases.ts"]);

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-reuse-"));
    for (const name of [...files, "chart", "tsconfig.json"]) {
      fs.cpSync(path.join(projectFolder, name), path.join(folder, name), { recursive: true });
    }
    const modules = path.join(folder, "node_modules");
    fs.mkdirSync(modules);
    const installed = packages.filter((name) => !name.startsWith("@pulumi/"));
    for (const name of [...installed, "@pulumi", "@types", "typescript"]) {
      fs.symlinkSync(path.join(projectFolder, "node_modules", name), path.join(modules, name));
    }
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "ranking", main: "index.ts" }));
    fs.writeFileSync(path.join(folder, "index.ts"), otherProgram);
  });

  after(() => fs.rmSync(folder, { recursive: true }));

  it("bring few files, and none of this project's config, checks and hooks", () => {
    // Eight of them are for backups.
    assert.ok(files.length <= 35, files.join("\n"));
    assert.deepEqual(
      files.filter((name) => /^components\/(checks|changes|cluster|hooks)\/|stackConfig|mocks/.test(name)),
      [],
    );
  });

  for (const component of components) {
    it(`list what they need: ${component}`, () => {
      const text = fs.readFileSync(path.join(projectFolder, component), "utf8");
      const [docstring] = /\/\*\*(?:(?!\*\/)[^])*\*\/\nexport class/.exec(text)!;
      const { packages: needed } = withImports([component]);
      for (const name of [...needed.filter((each) => each !== "@pulumi/pulumi"), "kubernetes:enableSecretMutable"]) {
        assert.ok(docstring.includes(`\`${name}\``), name);
      }
    });
  }

  it("name their own arguments in messages, not this project's config keys", () => {
    for (const name of files) {
      const code = fs.readFileSync(path.join(folder, name), "utf8").replace(/"flask-app:index:\w+"/g, "");
      assert.doesNotMatch(code.replace(/\/\*\*?[^]*?\*\//g, ""), /flask-app:/, name);
    }
  });

  it("compile and run", async () => {
    await execa(path.join(folder, "node_modules/typescript/bin/tsc"), ["--noEmit"], { cwd: folder });
    const created: string[] = [];
    const contents: Record<string, Properties> = {};
    const { urls } = await runProject(folder, {
      stack: "live",
      config: {},
      handle: (type, name, inputs) => {
        created.push(`${type.split(":").pop()} ${name}`);
        contents[name] = inputs.stringData as Properties;
        return createNothing(type, name, type === passwordType ? inputs : { metadata: { name }, ...inputs });
      },
    });
    assert.deepEqual(created.filter((name) => /^(Release|Secret|Job)/.test(name)).sort(), [
      "Job orders-password",
      ...["cache", "orders", "ranking", "worker"].map((name) => `Release ${name}`),
      ...["cache-auth", "orders-auth", "ranking-env", "worker-env"].map((name) => `Secret ${name}`),
    ]);
    assert.equal(contents["ranking-env"].STRIPE_KEY, "sk_live_1");
    assert.equal(contents["worker-env"].REDIS_URL, "redis://redis.example.com:6379/0");
    assert.deepEqual(urls.value, [
      "http://ranking-flask-app.ranking.svc.cluster.local",
      "http://worker-flask-app.ranking.svc.cluster.local",
    ]);
  });
});

/** Some files of the project with all that they import of it, and the packages that these import. */
function withImports(names: string[]): { files: string[]; packages: string[] } {
  const files = new Set(names);
  const packages = new Set<string>();
  // A set also visits what is added during the loop.
  for (const name of files) {
    const text = fs.readFileSync(path.join(projectFolder, name), "utf8");
    for (const [, source] of text.matchAll(/^(?:import|export|\}) .*from "([^"]+)"/gm)) {
      if (source.startsWith(".")) {
        files.add(`${path.join(path.dirname(name), source)}.ts`);
      } else if (!isBuiltin(source)) {
        packages.add(source);
      }
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}
