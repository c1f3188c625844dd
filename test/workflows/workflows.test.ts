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
const files = fs.readdirSync(workflowsFolder).map((file) => path.join(workflowsFolder, file));
const setUpPulumi = path.join(projectFolder, ".github/actions/set-up-pulumi/action.yaml");

interface Job {
  if?: string;
  needs?: string | string[];
  uses?: string;
  with?: { stack?: string };
  environment?: string | { name: string };
  permissions?: Record<string, string>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  strategy?: { matrix: { stack: string[] } };
  steps?: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const read = (name: string) =>
  yaml.parse(fs.readFileSync(path.join(workflowsFolder, `${name}.yaml`), "utf8")) as Workflow;
const runs = ({ steps = [] }: Job) => steps.map(({ run = "" }) => run).join("\n");
const allTexts = () => [...files, setUpPulumi].map((file) => fs.readFileSync(file, "utf8")).join("\n");

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

  it("have read access, and write access only in the job that runs no code of a pull request", () => {
    for (const file of files) {
      const { permissions, jobs } = yaml.parse(fs.readFileSync(file, "utf8")) as Workflow;
      assert.deepEqual(permissions, { contents: "read" }, file);
      for (const [name, job] of Object.entries(jobs)) {
        if (job.permissions) {
          assert.deepEqual([name, job.permissions], ["comment", { "pull-requests": "write" }]);
          assert.ok(job.steps!.every(({ uses }) => uses === undefined));
        }
        const checkouts = (job.steps ?? []).filter(({ uses }) => uses?.startsWith("actions/checkout@"));
        assert.ok(checkouts.every((step) => step.with?.["persist-credentials"] === false));
      }
    }
  });

  it("test, check, preview and compare every stack on a pull request", () => {
    assert.match(runs(read("checks").jobs.test), /^\.ci\/run$/m);
    const { on, jobs } = read("preview");
    assert.ok("pull_request" in on);
    assert.match(runs(jobs.preview), /^pulumi preview --stack/m);
    assert.deepEqual([...jobs.preview.strategy!.matrix.stack].sort(), stackNames().sort());
    const compared = /^for stack in (.*); do$/m.exec(runs(jobs.diff))![1].split(" ");
    assert.deepEqual(compared.sort(), stackNames().sort());
    for (const { if: condition } of [jobs.preview, jobs.comment]) {
      assert.equal(condition, "github.event.pull_request.head.repo.full_name == github.repository");
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

  it("install only what the lockfile names", () => {
    const ci = fs.readFileSync(path.join(projectFolder, ".ci/run"), "utf8");
    const commands = [allTexts(), ci, ...Object.values(packageJson.scripts)].join("\n");
    const installs = commands.match(/\b(npm (i|install|add|update|ci)|npx|yarn|pnpm|go (get|install))\b/g) ?? [];
    assert.deepEqual(new Set(installs), new Set(["npm ci"]));
  });

  it("use the versions of Helm and Pulumi that the project pins", () => {
    const versions = (pattern: RegExp) => new Set([...allTexts().matchAll(pattern)].map(([, version]) => version));
    assert.deepEqual(versions(/^ +version: (.*)$/gm), new Set([pinnedVersion("helm.sh/helm/v3")]));
    assert.deepEqual(versions(/pulumi-version: (.*)$/gm), new Set([packageJson.dependencies["@pulumi/pulumi"]]));
  });
});
