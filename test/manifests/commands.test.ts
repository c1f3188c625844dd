import * as assert from "assert/strict";
import * as fs from "fs";
import * as yaml from "yaml";
import { helmTemplate } from "../helpers/helm";
import { deployedStacks } from "../helpers/stackValues";
import { Project } from "../helpers/project";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";

/** An object, as far as these tests look at it. */
interface Document {
  kind: string;
  metadata: { name: string };
  stringData?: Record<string, string>;
}

function parseAll(text: string): Document[] {
  return yaml.parseAllDocuments(text, { version: "1.1" }).map((document) => document.toJS() as Document);
}

describe("npm run render", function () {
  this.timeout(60_000);
  const project = new Project();

  for (const stack of ["dev", "staging", "production"]) {
    it(`prints every manifest of ${stack}, with its secrets masked`, async () => {
      const { exitCode, stdout, stderr } = await manifestsCommand(project, ["render", stack]);
      assert.equal(exitCode, 0, stderr);
      const documents = parseAll(stdout);
      const [{ app, namespace, secrets }] = (await deployedStacks()).filter(({ name }) => name === stack);
      const expected = parseAll(await helmTemplate(app.values, { release: app.name, namespace }));
      for (const { kind, metadata } of expected) {
        const found = documents.filter(
          (document) => document.kind === kind && document.metadata.name === metadata.name,
        );
        assert.equal(found.length, 1, `${kind} ${metadata.name}`);
      }
      assert.ok(documents.some(({ kind, metadata }) => kind === "StatefulSet" && /-postgresql$/.test(metadata.name)));
      assert.ok(documents.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace));
      const shown = documents.filter(({ kind }) => kind === "Secret");
      assert.deepEqual(shown.map(({ metadata }) => metadata.name).sort(), Object.keys(secrets).sort());
      for (const { stringData = {} } of shown) {
        assert.deepEqual(new Set(Object.values(stringData)), new Set(["[secret]"]));
      }
    });
  }

  it("prints the values of a release as Helm reads them", async () => {
    const { stdout } = await manifestsCommand(project, ["render", "staging", "--values", "--release", "flask-staging"]);
    const [{ app }] = (await deployedStacks()).filter(({ name }) => name === "staging");
    const values = yaml.parse(stdout) as { podAnnotations: Record<string, string> };
    const expected = app.values as typeof values;
    // The passwords behind the checksum are placeholders in both, but not the same ones.
    assert.match(values.podAnnotations["checksum/secret"], /^[0-9a-f]{64}$/);
    assert.deepEqual({ ...values, podAnnotations: {} }, { ...expected, podAnnotations: {} });
  });

  it("prints the same each time", async () => {
    const [first, second] = [
      await manifestsCommand(project, ["render", "dev"]),
      await manifestsCommand(project, ["render", "dev"]),
    ];
    assert.equal(first.stdout, second.stdout);
  });

  it("refuses an unknown stack or release in one sentence", async () => {
    const stack = await manifestsCommand(project, ["render", "prod"]);
    assert.equal(stack.stderr, 'There is no stack "prod"; the stacks are dev, production, staging.');
    assert.notEqual(stack.exitCode, 0);
    const release = await manifestsCommand(project, ["render", "dev", "--release", "flask"]);
    assert.match(
      release.stderr,
      /^There is no release "flask" in dev; its releases are flask-dev, flask-dev-postgresql, flask-dev-redis\.$/m,
    );
    assert.notEqual(release.exitCode, 0);
  });
});

describe("npm run diff", function () {
  this.timeout(60_000);
  let project: Project;
  const diff = (...args: string[]) => manifestsCommand(project, ["diff", ...args]);

  before("commit a copy of the project", async () => {
    project = Project.copy();
    await commit(project);
  });

  after(() => project.remove());

  it("finds nothing where nothing changed", async () => {
    const { exitCode, stdout, stderr } = await diff("production");
    assert.equal(stdout, "No manifest changes.", stderr);
    assert.equal(exitCode, 0);
  });

  it("shows what edits of chart and config do, and that they restart pods", async () => {
    project.edit("chart/templates/service.yaml", "spec:\n", "spec:\n  externalName: edited.example.com\n");
    project.edit("Pulumi.production.yaml", "tag: v1.0.0", "tag: v2.0.0");
    const { exitCode, stdout } = await diff("production", "HEAD");
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^- +image: registry\.company\.com\/flask-app:v1\.0\.0\n\+ +image: registry\.company\.com\/flask-app:v2\.0\.0$/m,
    );
    assert.match(stdout, /^\+ +externalName: edited\.example\.com$/m);
    assert.match(
      stdout,
      /^2 changed; restarts pods: Deployment production\/flask-prod-flask-app; replaces: none; touches data: none\.$/m,
    );
    const staging = await diff("staging");
    assert.match(staging.stdout, /^1 changed; restarts pods: none;/m);
  });

  it("prints a comment for a pull request", async () => {
    const { exitCode, stdout } = await diff("production", "HEAD", "--markdown");
    assert.equal(exitCode, 1);
    assert.match(stdout, /^### production, compared with HEAD\n\n2 changed; restarts pods/);
  });

  it("shows what a promotion changes, under the names of the later stack", async () => {
    const { exitCode, stdout } = await diff("staging", "production");
    assert.equal(exitCode, 1);
    assert.match(stdout, /^-+ staging: Deployment production\/flask-prod-flask-app\n\++ production: Deployment/m);
    assert.match(stdout, /^- +image: registry\.company\.com\/flask-app:staging$/m);
    assert.doesNotMatch(stdout, /name: flask-staging/);
  });

  it("takes a stack that was not there at the ref for new", async () => {
    fs.copyFileSync(`${project.folder}/Pulumi.dev.yaml`, `${project.folder}/Pulumi.qa.yaml`);
    const { exitCode, stdout, stderr } = await diff("qa");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^There was no Pulumi\.qa\.yaml at HEAD: the whole stack is new\.$/m);
    assert.match(stdout, /^\d+ added;/m);
  });

  it("leaves no folder behind and the checkout as it is", async () => {
    const folders = () => fs.readdirSync("/tmp").filter((name) => name.startsWith("flask-app-at-"));
    const before = folders();
    await diff("dev");
    assert.deepEqual(folders(), before);
  });

  for (const [title, args, expected] of [
    ["an unknown stack", ["prod"], /^There is no stack "prod"; the stacks are dev, production, qa, staging\.$/m],
    [
      "an unknown ref",
      ["dev", "no-such"],
      /^"no-such" is neither a stack nor a branch, tag or commit of this repository\.$/m,
    ],
    ["a ref that would be an option", ["dev", "--", "--all"], /^"--all" is neither a stack nor/m],
  ] as const) {
    it(`refuses ${title} in one sentence`, async () => {
      const { exitCode, stdout, stderr } = await diff(...args);
      assert.equal(exitCode, 2);
      assert.equal(stdout, "");
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /\n +at /);
    });
  }

  it("refuses config that fails with every fault, and a broken template with its line", async () => {
    project.edit("Pulumi.dev.yaml", "replicaCount: 1", "replicaCount: one\n    replicaCout: 2");
    const config = await diff("dev");
    assert.equal(config.exitCode, 2);
    assert.match(config.stderr, /^Pulumi\.dev\.yaml has 2 faults; nothing was changed:$/m);
    project.edit("chart/templates/service.yaml", "spec:\n", "spec: {{ nope }}\n");
    const template = await diff("staging");
    assert.equal(template.exitCode, 2);
    assert.match(
      template.stderr,
      /^Helm cannot render \.\/chart 1\.0\.0 for flask-staging: .*service\.yaml:\d+.*"nope" not defined$/m,
    );
    assert.doesNotMatch(template.stderr, /\n +at /);
  });
});
