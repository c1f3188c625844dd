import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { kubeconfigFile } from "../../tools/lib/paths";
import { findTool } from "../../tools/lib/binaries";
import { api, Project, readSecret } from "../helpers/project";

const namespace = "development";

describe("a change to a stack that is deployed", function () {
  this.timeout(120_000);
  let project: Project;

  before("deploy dev from a copy of the project", async () => {
    project = Project.copy();
    await start(project);
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
  });

  it("rolls a template edit out without restarting pods that it does not change", async () => {
    const before = await appPods();
    project.edit("chart/templates/service.yaml", "spec:\n", "  annotations:\n    edited: yes-it-is\nspec:\n");
    const output = await start(project);
    assert.match(output, /updated +Release flask-dev$/m);
    assert.match(output, /unchanged +Release flask-dev-postgresql/);
    const service = await api(k8s.CoreV1Api).readNamespacedService({ namespace, name: "flask-dev-flask-app" });
    assert.equal(service.metadata?.annotations?.edited, "yes-it-is");
    assert.deepEqual(await appPods(), before);
  });

  it("says in Helm's history which chart each revision was, by its digest", async () => {
    const helm = await findTool("helm");
    const args = ["history", "flask-dev", "-n", namespace, "-o", "json", "--kubeconfig", kubeconfigFile];
    const { stdout } = await execa(helm!, args);
    const descriptions = (JSON.parse(stdout) as { description: string }[]).map(({ description }) => description);
    assert.equal(new Set(descriptions).size, 2);
    for (const description of descriptions) {
      assert.match(description, /^flask-app 1\.0\.0 \(sha256:[0-9a-f]{16}\)$/);
    }
  });

  it("restarts the app's pods when the content of its Secret changes, and only those", async () => {
    const [app, databases] = [await appPods(), await databasePods()];
    const data = { SECRET_KEY: Buffer.from("another-secret-key").toString("base64") };
    await api(k8s.CoreV1Api).patchNamespacedSecret(
      { namespace, name: "flask-dev-env", body: { data } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
    const output = await start(project);
    assert.match(output, /updated +Release flask-dev$/m);
    const restarted = await appPods();
    assert.equal(restarted.length, app.length);
    assert.deepEqual(
      restarted.filter((pod) => app.includes(pod)),
      [],
    );
    assert.deepEqual(await databasePods(), databases);
    assert.equal((await readSecret(namespace, "flask-dev-env")).SECRET_KEY, "another-secret-key");
  });

  it("upgrades the app alone when one of its values changes", async () => {
    const databases = await databasePods();
    project.configure("dev", (config) => ((config["flask-app:app"] as { replicaCount: number }).replicaCount = 2));
    const output = await start(project);
    assert.match(output, /2 of 2 pods ready/);
    assert.deepEqual(await databasePods(), databases);
  });

  it("keeps the pods that serve when an upgrade never becomes ready, and a good one mends it", async () => {
    const before = await appPods();
    project.configure("dev", (config) => {
      config["flask-app:timeoutSeconds"] = 12;
      // No node has such a label, so the new pod stays pending.
      Object.assign(config["flask-app:app"] as object, { nodeSelector: { disk: "missing" } });
    });
    const failed = await project.run(["start"]);
    assert.equal(failed.exitCode, 1, failed.output);
    assert.match(failed.output, /waiting +Release flask-dev\n.*didn't match Pod's node affinity\/selector/);
    assert.match(failed.output, /helm upgrade flask-dev: .*rolled back/s);
    assert.doesNotMatch(failed.output, /\n\s+at /, "shows a stack trace");
    assert.deepEqual(await appPods(), before);

    project.configure("dev", (config) => Object.assign(config["flask-app:app"] as object, { nodeSelector: {} }));
    await start(project);
  });
});

async function start(project: Project): Promise<string> {
  const { exitCode, output } = await project.run(["start"]);
  assert.equal(exitCode, 0, output);
  return output;
}

const appPods = () => podIds("app.kubernetes.io/instance=flask-dev");
const databasePods = () => podIds("app.kubernetes.io/component in (primary,master)");

/** Identities of the pods that are not on their way out. */
async function podIds(labelSelector: string): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  const staying = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
  return staying.map(({ metadata }) => metadata!.uid!).sort();
}
