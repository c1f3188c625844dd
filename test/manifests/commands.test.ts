import * as assert from "assert/strict";
import * as fs from "fs";
import * as http from "http";
import { AddressInfo } from "net";
import * as yaml from "yaml";
import { Manifest } from "../../components/checks/manifestFaults";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { parseManifests } from "../../tools/lib/manifests";
import { helmTemplate } from "../helpers/helm";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { Project } from "../helpers/project";
import { deployedStacks } from "../helpers/stackValues";

const unknownStack = 'There is no stack "prod"; the stacks are dev, production, staging.';

describe("npm run render", function () {
  this.timeout(60_000);
  const render = (...args: string[]) => manifestsCommand(new Project(), ["render", ...args]);
  const deployed = async (stack: string) => (await deployedStacks()).find(({ name }) => name === stack)!;

  for (const stack of ["dev", "staging", "production"]) {
    it(`prints every manifest of ${stack}, with its secrets masked`, async () => {
      const { exitCode, stdout, stderr } = await render(stack);
      assert.equal(exitCode, 0, stderr);
      const printed = parseManifests(stdout);
      const { app, namespace, secrets } = await deployed(stack);
      const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
      const expected = [
        ...parseManifests(await helmTemplate(app.values, { release: app.name, namespace })).map(nameOf),
        `Namespace ${namespace}`,
        `StatefulSet ${app.name}-postgresql`,
      ];
      for (const name of expected) {
        assert.equal(printed.filter((manifest) => nameOf(manifest) === name).length, 1, name);
      }
      const printedSecrets = printed.filter(({ kind }) => kind === "Secret");
      assert.deepEqual(printedSecrets.map(({ metadata }) => metadata.name).sort(), Object.keys(secrets).sort());
      for (const { stringData } of printedSecrets) {
        assert.deepEqual(new Set(Object.values(stringData as object)), new Set(["[secret]"]));
      }
    });
  }

  it("prints the values of a release as Helm reads them", async () => {
    const { stdout } = await render("staging", "--values", "--release", "flask-staging");
    const values = yaml.parse(stdout) as { podAnnotations: Record<string, string> };
    const expected = (await deployed("staging")).app.values;
    // The passwords behind the checksum are placeholders in both, but different ones.
    assert.match(values.podAnnotations["checksum/secret"], /^[0-9a-f]{64}$/);
    assert.deepEqual({ ...values, podAnnotations: {} }, { ...expected, podAnnotations: {} });
  });

  it("prints the same each time", async () => {
    assert.equal((await render("dev")).stdout, (await render("dev")).stdout);
  });

  it("refuses an unknown stack or release in one sentence", async () => {
    const stack = await render("prod");
    assert.deepEqual([stack.exitCode, stack.stderr], [2, unknownStack]);
    const release = await render("dev", "--release", "flask");
    assert.equal(release.exitCode, 2);
    assert.match(
      release.stderr,
      /^There is no release "flask" in dev; its releases are flask-dev, flask-dev-postgresql, flask-dev-redis\.$/m,
    );
  });
});

describe("render, diff and drift exit with 2 and one message", function () {
  this.timeout(120_000);
  let project: Project;

  beforeEach(() => (project = Project.copy()));
  afterEach(() => project.remove());

  async function refuses(args: string[], expected: RegExp, kubeconfig?: string): Promise<void> {
    const { exitCode, stdout, stderr } = await manifestsCommand(
      project,
      args,
      kubeconfig ? { KUBECONFIG: kubeconfig } : {},
    );
    assert.deepEqual([exitCode, stdout], [2, ""], stderr);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /\n +at |promise/i);
  }

  it("if a chart's folder is missing", async () => {
    project.configure("dev", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: object };
      Object.assign(inCluster, { chart: { reference: "./no-such", version: "1.0.0" } });
    });
    const missing = /^no-such\/Chart\.yaml cannot be read: ENOENT: [^\n]+$/m;
    await refuses(["render", "dev"], missing);
    await commit(project);
    await refuses(["diff", "dev"], /^At HEAD: no-such\/Chart\.yaml cannot be read: ENOENT: [^\n]+$/m);
  });

  it("if the stack's file cannot be read", async () => {
    const file = `${project.folder}/Pulumi.dev.yaml`;
    fs.writeFileSync(file, "config: [");
    await refuses(["render", "dev"], /^Pulumi\.dev\.yaml cannot be read: unexpected end of the stream/);
    fs.rmSync(file);
    fs.mkdirSync(file);
    await refuses(["drift", "dev"], /^Pulumi\.dev\.yaml cannot be read: EISDIR: [^\n]+$/);
  });

  it("if the kubeconfig is broken", async () => {
    const kubeconfig = `${project.folder}/kubeconfig`;
    fs.writeFileSync(kubeconfig, "{");
    for (const args of [
      ["drift", "dev", "--dirty"],
      ["diff", "dev", "deployed"],
    ]) {
      await refuses(args, /^The kubeconfig \S+ cannot be read: unexpected end of the stream[^\n]+$/m, kubeconfig);
    }
  });

  for (const [title, answersSecrets, request] of [
    ["after its first answer", false, "socket hang up"],
    ["between two objects", true, "Failed to fetch resource metadata for \\S+: .*socket hang up"],
  ] as const) {
    it(`if the API server dies ${title}`, async () => {
      const server = http.createServer(({ url = "", socket }, response) => {
        response.setHeader("Content-Type", "application/json");
        if (url.startsWith("/version")) {
          response.end(JSON.stringify({ gitVersion: "v1.34.0" }));
        } else if (answersSecrets && /\/secrets(\?|$)/.test(url)) {
          response.end(JSON.stringify({ kind: "SecretList", items: [] }));
        } else {
          socket.destroy();
        }
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const cluster = {
        name: "test",
        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
      };
      const contexts = [{ name: "test", context: { cluster: "test", user: "test" } }];
      const kubeconfig = `${project.folder}/kubeconfig`;
      const users = [{ name: "test", user: {} }];
      fs.writeFileSync(kubeconfig, JSON.stringify({ "current-context": "test", clusters: [cluster], contexts, users }));
      project.configure("dev", (config) => Object.assign(config, withStandInCharts({ config }).config));
      try {
        const expected = new RegExp(
          `^The cluster of the context test \\(http://\\S+\\) does not answer: ${request}$`,
          "m",
        );
        await refuses(["drift", "dev", "--dirty"], expected, kubeconfig);
      } finally {
        server.close();
      }
    });
  }
});

describe("npm run diff", function () {
  this.timeout(120_000);
  let project: Project;

  before("commit a copy of the project", async () => {
    project = Project.copy();
    await commit(project);
  });

  after(() => project.remove());

  /** Runs the command and checks its exit code. */
  async function diff(expectedCode: number, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await manifestsCommand(project, ["diff", ...args]);
    assert.equal(exitCode, expectedCode, stderr);
    return { stdout, stderr };
  }

  it("finds nothing if nothing changed, and leaves no folder behind", async () => {
    const folders = () => fs.readdirSync("/tmp").filter((name) => name.startsWith("flask-app-at-"));
    const before = folders();
    assert.equal((await diff(0, "production")).stdout, "No manifest changes.");
    assert.deepEqual(folders(), before);
  });

  it("shows what edits of the chart and of the config do, and that they restart pods", async () => {
    project.edit("chart/templates/service.yaml", "spec:\n", "spec:\n  externalName: edited.example.com\n");
    project.edit("Pulumi.production.yaml", "tag: v1.0.0", "tag: v2.0.0");
    const { stdout } = await diff(1, "production", "HEAD");
    assert.match(
      stdout,
      /^- +image: registry\.company\.com\/flask-app:v1\.0\.0\n\+ +image: registry\.company\.com\/flask-app:v2\.0\.0$/m,
    );
    assert.match(stdout, /^\+ +externalName: edited\.example\.com$/m);
    assert.match(
      stdout,
      /^2 changed; restarts pods: Deployment production\/flask-prod-flask-app; replaces: none; touches data: none\.$/m,
    );
    assert.match((await diff(1, "staging")).stdout, /^1 changed; restarts pods: none;/m);
  });

  it("prints a comment for a pull request", async () => {
    const { stdout } = await diff(1, "production", "HEAD", "--markdown");
    assert.match(stdout, /^### production, compared with HEAD\n\n2 changed; restarts pods/);
  });

  it("shows what a promotion changes, under the names of the later stack", async () => {
    const { stdout } = await diff(1, "staging", "production");
    assert.match(stdout, /^-+ staging: Deployment production\/flask-prod-flask-app\n\++ production: Deployment/m);
    assert.match(stdout, /^- +image: registry\.company\.com\/flask-app:staging$/m);
    assert.doesNotMatch(stdout, /name: flask-staging/);
    assert.match(stdout, /^\d+ changed, \d+ added\.$/m, "a promotion changes no object of either stack");
  });

  it("shows which Secrets a rotation changes, and that it restarts their pods", async () => {
    const file = "Pulumi.staging.yaml";
    project.edit(file, "config:\n", "config:\n  flask-app:rotation: { postgresql: a-day }\n");
    const { stdout } = await diff(1, "staging", "HEAD");
    project.edit(file, "  flask-app:rotation: { postgresql: a-day }\n", "");
    assert.match(stdout, /^\+\+\+ now: Secret staging\/flask-staging-postgresql-auth$/m);
    assert.match(stdout, /; restarts pods: Deployment staging\/flask-staging-flask-app; replaces: .*password/m);
    assert.doesNotMatch(stdout, /password of/);
  });

  it("shows that a rotation of Redis's password restarts Redis and the app", async () => {
    const file = "Pulumi.staging.yaml";
    project.edit(file, "config:\n", "config:\n  flask-app:rotation: { redis: a-day }\n");
    const { stdout } = await diff(1, "staging", "HEAD");
    project.edit(file, "  flask-app:rotation: { redis: a-day }\n", "");
    assert.match(
      stdout,
      /; restarts pods: (StatefulSet staging\/flask-staging-redis-master, )?Deployment staging\/flask-staging-flask-app(, StatefulSet staging\/flask-staging-redis-master)?; replaces: none; touches data: none\.$/m,
    );
    assert.match(stdout, /StatefulSet staging\/flask-staging-redis-master[,;]/);
  });

  it("says which releases another timeout upgrades, and that it restarts no pod", async () => {
    project.edit("Pulumi.staging.yaml", "timeoutSeconds: ", "timeoutSeconds: 1");
    const { stdout } = await diff(1, "staging", "HEAD");
    project.edit("Pulumi.staging.yaml", "timeoutSeconds: 1", "timeoutSeconds: ");
    assert.match(
      stdout,
      /; restarts pods: none; replaces: none; touches data: none\.\nUpgraded without a change of their manifests or a restart: flask-staging-postgresql, flask-staging-redis\.$/m,
    );
  });

  it("treats a stack that did not exist at the ref as new", async () => {
    fs.copyFileSync(`${project.folder}/Pulumi.dev.yaml`, `${project.folder}/Pulumi.qa.yaml`);
    const { stdout, stderr } = await diff(1, "qa");
    fs.rmSync(`${project.folder}/Pulumi.qa.yaml`);
    assert.match(stderr, /^There was no Pulumi\.qa\.yaml at HEAD: the whole stack is new\.$/m);
    assert.match(stdout, /^\d+ added;/m);
  });

  it("refuses in one sentence an unknown stack, an unknown ref, bad config and a broken template", async () => {
    const refuses = async (args: string[], expected: RegExp | string) => {
      const { stdout, stderr } = await diff(2, ...args);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(expected, "m"));
      assert.doesNotMatch(stderr, /\n +at /);
    };
    const unknownRef = "is neither a stack nor a branch, tag or commit of this repository\\.$";
    await refuses(["prod"], `^${unknownStack}$`);
    await refuses(["dev", "no-such"], `^"no-such" ${unknownRef}`);
    await refuses(["dev", "--", "--all"], `^"--all" ${unknownRef}`);
    project.edit("Pulumi.dev.yaml", "replicaCount: 1", "replicaCount: one\n    replicaCout: 2");
    await refuses(["dev"], /^Pulumi\.dev\.yaml has 2 faults; nothing was changed:$/);
    project.edit("chart/templates/service.yaml", "spec:\n", "spec: {{ nope }}\n");
    await refuses(
      ["staging"],
      /^ {2}Helm cannot render \.\/chart: .*chart\/templates\/service\.yaml:\d+.*"nope" not defined$/,
    );
  });
});
