import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import * as yaml from "yaml";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { assertFailed, helm, podIds, secretValues, succeed } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { pulumi } from "../helpers/engine";
import { manifestsCommand } from "../helpers/manifestsCommand";
import { api, Project } from "../helpers/project";

const namespace = "development";

describe("a change to a stack that is deployed", function () {
  this.timeout(600_000);
  let project: Project;

  before("deploy dev from a copy of the project", async () => {
    project = Project.copy();
    await start();
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
  });

  const start = () => succeed(project, ["start"]);
  const configureApp = (values: object) =>
    project.configure("dev", (config) => Object.assign(config["flask-app:app"] as object, values));
  const appPods = () => podIds(namespace, "app.kubernetes.io/instance=flask-dev");
  const databasePods = () => podIds(namespace, "app.kubernetes.io/component in (primary,master)");
  const passwords = () =>
    secretValues(namespace, ["flask-dev-env", "flask-dev-postgresql-auth", "flask-dev-redis-auth"]);

  it("to a template upgrades the app, and restarts no pod that it does not change", async () => {
    const before = await appPods();
    project.edit("chart/templates/service.yaml", "spec:\n", "  annotations:\n    edited: yes-it-is\nspec:\n");
    const output = await start();
    assert.match(output, /updated +Release flask-dev$/m);
    assert.match(output, /unchanged +Release flask-dev-postgresql/);
    const service = await api(k8s.CoreV1Api).readNamespacedService({ namespace, name: "flask-dev-flask-app" });
    assert.equal(service.metadata?.annotations?.edited, "yes-it-is");
    assert.deepEqual(await appPods(), before);
  });

  it("shows in Helm's history, with the digest of the chart of each revision", async () => {
    const { output } = await helm("history", "flask-dev", "-n", namespace, "-o", "json");
    const descriptions = (JSON.parse(output) as { description: string }[]).map(({ description }) => description);
    assert.equal(new Set(descriptions).size, 2);
    for (const description of descriptions) {
      assert.match(description, /^flask-app 1\.0\.0 \(sha256:[0-9a-f]{16}\)$/);
    }
  });

  it("to a value of the app restarts no database, and keeps every password", async () => {
    const before = [await databasePods(), await passwords()];
    configureApp({ replicaCount: 2 });
    assert.match(await start(), /2 of 2 pods ready/);
    assert.deepEqual([await databasePods(), await passwords()], before);
  });

  it("that never becomes ready is rolled back without replacing a pod, and a good one works afterwards", async () => {
    const before = await appPods();
    project.configure("dev", (config) => (config["flask-app:timeoutSeconds"] = 12));
    // No node has this label, so the new pod stays pending.
    configureApp({ nodeSelector: { disk: "missing" } });
    const failed = await project.run(["start"]);
    assertFailed(failed);
    assert.match(failed.output, /waiting +Release flask-dev\n.*didn't match Pod's node affinity\/selector/);
    assert.match(failed.output, /helm upgrade flask-dev: .*rolled back/s);
    assert.deepEqual(await appPods(), before);

    configureApp({ nodeSelector: {} });
    await start();
  });

  it("that the API server refuses keeps every password", async () => {
    const before = await passwords();
    project.configure("dev", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { storage: { size: string } } };
      // The volume claims of a StatefulSet are an immutable field.
      inCluster.storage.size = "2Gi";
    });
    const { exitCode, output } = await project.run(["start"]);
    assert.equal(exitCode, 1);
    assert.match(output, /helm upgrade flask-dev-postgresql: .*spec\.volumeClaimTemplates/s);
    assert.deepEqual(await passwords(), before);
  });
});

describeWith("pulumi", "A preview of a stack that is deployed", function () {
  this.timeout(600_000);
  let project: Project;
  let deployed: string;

  /** The stack file that the Pulumi CLI reads. The sandbox keeps it apart from the checkout's. */
  const cliFile = () => path.join(project.sandbox, "pulumi/Pulumi.dev.yaml");

  before("deploy dev from a copy of the project", async () => {
    project = Project.copy();
    await succeed(project, ["start"], process.env);
    deployed = fs.readFileSync(cliFile(), "utf8");
  });

  afterEach(() => fs.writeFileSync(cliFile(), deployed));

  after(async () => {
    await succeed(project, ["destroy"], process.env);
    project.remove();
  });

  async function preview(change: (config: StackFileConfig) => void = () => undefined): Promise<string> {
    const file = yaml.parse(deployed) as { config: StackFileConfig };
    change(file.config);
    fs.writeFileSync(cliFile(), yaml.stringify(file));
    return (await pulumi(project, ["preview", "--stack", "dev", "--non-interactive", "--color", "never"])).all;
  }

  const changeTag = (config: StackFileConfig) => {
    (config["flask-app:app"] as { image: { tag: string } }).image.tag = "another";
  };
  const impact = (pods: string) => `restarts pods: ${pods}; replaces: none; touches data: none\\.`;
  const deployment = "Deployment development/flask-dev-flask-app";

  it("prints no manifest if nothing changes", async () => {
    const output = await preview();
    assert.match(output, /\d+ unchanged/);
    assert.doesNotMatch(output, /manifest|deployed|restarts/);
  });

  it("prints what changes in which object of a release, and what that restarts", async () => {
    const output = await preview(changeTag);
    assert.match(output, new RegExp(`Release \\(flask-dev\\):\n +flask-dev: 1 changed; ${impact(deployment)}\n`));
    assert.match(output, /^ +--- deployed: Deployment development\/flask-dev-flask-app$/m);
    assert.match(output, /^ +- +image: .*\n +\+ +image: .*:another$/m);
    assert.doesNotMatch(output, /Release \(flask-dev-redis\)/);
  });

  it("says that another timeout upgrades every release and restarts none of their pods", async () => {
    const output = await preview((config) => (config["flask-app:timeoutSeconds"] = 299));
    assert.equal(
      output.match(/^ +flask-dev\S*: No manifest changes: Helm adds a revision, and no pod restarts\.$/gm)?.length,
      3,
    );
  });

  it("follows a rotation to the pods of Redis and of the app", async () => {
    const output = await preview((config) => (config["flask-app:rotation"] = { redis: "a-day" }));
    assert.match(output, new RegExp(impact("StatefulSet development/flask-dev-redis-master")));
    assert.match(output, new RegExp(impact(deployment)));
  });

  it("is printed whole by diff", async () => {
    const unchanged = await manifestsCommand(project, ["diff", "dev", "deployed", "--sandbox"]);
    assert.deepEqual([unchanged.exitCode, unchanged.stdout], [0, "No manifest changes."], unchanged.stderr);
    project.configure("dev", changeTag);
    const { exitCode, stdout } = await manifestsCommand(project, ["diff", "dev", "deployed", "--sandbox"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /^--- deployed: Deployment development\/flask-dev-flask-app\n\+\+\+ now: /);
    assert.match(stdout, new RegExp(`^1 changed; ${impact(deployment)}$`, "m"));
  });
});
