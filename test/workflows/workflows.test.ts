import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import packageJson from "../../package.json";
import { pinnedVersion } from "../../tools/lib/binaries";
import { projectFolder } from "../../tools/lib/paths";
import { stackNames } from "../../tools/lib/stackFiles";
import { itWith } from "../helpers/describeWith";

const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const workflowsFolder = path.join(projectFolder, ".github/workflows");
const actionsFolder = path.join(projectFolder, ".github/actions");
const files = fs.readdirSync(workflowsFolder).map((file) => path.join(workflowsFolder, file));
const actionFiles = fs.readdirSync(actionsFolder).map((name) => path.join(actionsFolder, name, "action.yaml"));

interface Step {
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}

interface Job {
  if?: string;
  needs?: string | string[];
  uses?: string;
  with?: { stack?: string };
  environment?: string | { name: string };
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  strategy?: { matrix: { stack: string[] } };
  steps?: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const read = (name: string) =>
  yaml.parse(fs.readFileSync(path.join(workflowsFolder, `${name}.yaml`), "utf8")) as Workflow;
const workflows = files.map((file) => read(path.basename(file, ".yaml")));
const allJobs = workflows.flatMap(({ jobs }) => Object.entries(jobs));
const runs = ({ steps = [] }: Job) => steps.map(({ run = "" }) => run).join("\n");
const environmentOf = ({ environment }: Job) => (typeof environment === "object" ? environment.name : environment);
const allTexts = () => [...files, ...actionFiles].map((file) => fs.readFileSync(file, "utf8")).join("\n");
const usesSecrets = (part: unknown) => JSON.stringify(part ?? null).includes("secrets.");
const isFromHere = "github.event.pull_request.head.repo.full_name == github.repository";

describe("the GitHub workflows", function () {
  this.timeout(120_000);

  itWith("go", "pass actionlint", async () => {
    const { exitCode, all } = await execa("go", ["run", actionlint, ...files], { all: true, reject: false });
    assert.equal(exitCode, 0, all);
  });

  it("pin every action by its commit, and name its version", () => {
    const uses = allTexts().match(/^.*\buses: .*$/gm) ?? [];
    for (const line of uses.filter((use) => !use.includes("uses: ./"))) {
      assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("start with a token that only reads, and never on an event that gives a fork's pull request more", () => {
    for (const [index, { on, permissions, jobs }] of workflows.entries()) {
      const onlyCalls = Object.values(jobs).every(({ uses }) => uses === "./.github/workflows/deploy-stack.yaml");
      const expected = { contents: "read", ...(onlyCalls ? { "id-token": "write" } : {}) };
      assert.deepEqual(permissions, expected, files[index]);
      const events = Object.keys(on).filter((event) => /_target$|^workflow_run$|^issue_comment$/.test(event));
      assert.deepEqual(events, [], files[index]);
    }
  });

  it("keep no token in the checkout", () => {
    const checkouts = allJobs
      .flatMap(([, { steps = [] }]) => steps)
      .filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    assert.ok(checkouts.length > 0);
    assert.ok(checkouts.every((step) => step.with?.["persist-credentials"] === false));
  });

  it("write to a pull request only in a job that runs none of its code, and log in only in an environment", () => {
    for (const [name, job] of allJobs) {
      const more = Object.entries(job.permissions ?? {}).filter(([, access]) => access === "write");
      for (const [permission] of more) {
        assert.ok(["pull-requests", "id-token"].includes(permission), `${name}: ${permission}`);
        assert.ok(
          permission === "id-token" ? environmentOf(job) : job.steps!.every(({ uses }) => uses === undefined),
          `${name}: ${permission}`,
        );
      }
    }
  });

  it("give secrets only to jobs in an environment, and there only to the step that needs them, after all others", () => {
    for (const [name, { steps = [], ...job }] of allJobs) {
      assert.ok(!usesSecrets(job), `${name}: a secret for all steps`);
      const first = steps.findIndex(usesSecrets);
      if (first !== -1) {
        assert.ok(environmentOf(job), `${name}: a secret outside of an environment`);
        assert.equal(steps[first].uses, "./.github/actions/log-in", name);
        assert.equal(steps.length, first + 2, `${name}: more than one step after the login`);
      }
    }
    assert.ok(workflows.every(({ jobs, ...rest }) => jobs && !usesSecrets(rest)));
  });

  it("preview a stack only after a reviewer approved the environment, and never in that of a deployment", () => {
    const { jobs } = read("preview");
    for (const [name, job] of Object.entries(jobs).filter(([, { environment }]) => environment)) {
      assert.equal(environmentOf(job), "preview-${{ matrix.stack }}", name);
      assert.equal(job.needs, "reviewed");
    }
    assert.deepEqual(jobs.reviewed.strategy, { matrix: jobs.preview.strategy!.matrix });
    assert.match(runs(jobs.reviewed), /protection_rules.*\n.*grep -qx required_reviewers/);
    const others = files.filter((file) => path.basename(file) !== "preview.yaml");
    assert.ok(others.every((file) => !fs.readFileSync(file, "utf8").includes("preview-")));
    // Only these start from a branch that is not main: they have no environment, and so no secrets.
    for (const { on, jobs: started } of workflows.filter((workflow) => "pull_request" in workflow.on)) {
      const environments = Object.values(started).map(environmentOf).filter(Boolean);
      assert.ok(
        environments.every((environment) => environment!.startsWith("preview-")),
        JSON.stringify(on),
      );
    }
  });

  it("put nothing that others write into a script", () => {
    const actions = actionFiles.map((file) => yaml.parse(fs.readFileSync(file, "utf8")) as { runs: Job });
    const steps = [...allJobs.map(([, job]) => job), ...actions.map((action) => action.runs)].flatMap(
      (job) => job.steps ?? [],
    );
    const scripts = steps.map(({ run = "" }) => run);
    assert.deepEqual(
      scripts.filter((script) => script.includes("${{")),
      [],
    );
  });

  it("test, check, preview and compare every stack on a pull request", () => {
    assert.match(runs(read("checks").jobs.test), /^\.ci\/run$/m);
    const { on, jobs } = read("preview");
    assert.ok("pull_request" in on);
    assert.match(runs(jobs.preview), /^pulumi preview --stack/m);
    assert.deepEqual([...jobs.preview.strategy!.matrix.stack].sort(), stackNames().sort());
    const compared = /^for stack in (.*); do$/m.exec(runs(jobs.diff))![1].split(" ");
    assert.deepEqual(compared.sort(), stackNames().sort());
    for (const { if: condition } of [jobs.reviewed, jobs.comment]) {
      assert.equal(condition, isFromHere);
    }
  });

  it("deploy main to dev, then staging, then production: one deploy per stack at a time, none of them cancelled", () => {
    const { on, jobs } = read("deploy");
    assert.deepEqual(on, { push: { branches: ["main"] } });
    const order = Object.entries(jobs).map(([name, job]) => [name, job.needs, job.with!.stack]);
    assert.deepEqual(order, [
      ["dev", undefined, "dev"],
      ["staging", "dev", "staging"],
      ["production", "staging", "production"],
    ]);
    const { up } = read("deploy-stack").jobs;
    assert.equal(up.environment, "${{ inputs.stack }}");
    assert.deepEqual(up.concurrency, { group: "deploy-${{ inputs.stack }}", "cancel-in-progress": false });
    assert.match(runs(up), /^pulumi up --stack/m);
  });

  it("look for drift in every stack every night", () => {
    const { on, jobs } = read("drift");
    assert.match((on.schedule as { cron: string }[])[0].cron, /^\d+ \d+ \* \* \*$/);
    assert.match(runs(jobs.drift), /^npm run --silent drift -- "\$STACK"$/m);
    assert.deepEqual([...jobs.drift.strategy!.matrix.stack].sort(), stackNames().sort());
  });

  it("audit the packages every night, and when the lockfile changes", () => {
    const { on, jobs } = read("audit");
    assert.match((on.schedule as { cron: string }[])[0].cron, /^\d+ \d+ \* \* \*$/);
    assert.ok((on.pull_request as { paths: string[] }).paths.includes("package-lock.json"));
    assert.match(runs(jobs.npm), /^npm audit --audit-level=high$/m);
    assert.match(runs(jobs.npm), /^npm audit signatures$/m);
  });

  it("install only what the lockfile names, and run no install script", () => {
    const scripts = [".ci/run", "tools/run.cjs"].map((file) => fs.readFileSync(path.join(projectFolder, file), "utf8"));
    const commands = [allTexts(), ...scripts, ...Object.values(packageJson.scripts)].join("\n");
    const installs = commands.match(/\b(npm (i|install|add|update|ci)|npx|yarn|pnpm|go (get|install))\b.*/g) ?? [];
    assert.ok(installs.length > 0);
    for (const install of installs) {
      assert.match(install, /^npm ci --ignore-scripts( |$)/);
    }
    assert.match(scripts[1], /spawnSync\("npm", \["ci", "--ignore-scripts",/);
  });

  it("use the versions of Helm and Pulumi that the project pins", () => {
    const versions = (pattern: RegExp) => new Set([...allTexts().matchAll(pattern)].map(([, version]) => version));
    assert.deepEqual(versions(/^ +version: (.*)$/gm), new Set([pinnedVersion("helm.sh/helm/v3")]));
    assert.deepEqual(versions(/pulumi-version: (.*)$/gm), new Set([packageJson.dependencies["@pulumi/pulumi"]]));
  });
});
