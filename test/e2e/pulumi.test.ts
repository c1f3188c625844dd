import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { stackNames } from "../../tools/lib/stackFiles";
import { api, Project } from "../helpers/project";
import { describeWith } from "../helpers/describeWith";
import { pulumi } from "../helpers/engine";

const namespaces: Record<string, { namespace: string; resources: number }> = {
  dev: { namespace: "development", resources: 18 },
  staging: { namespace: "staging", resources: 18 },
  // More: the network policies, and its backups' password, volume claim, CronJobs and alerts.
  production: { namespace: "production", resources: 29 },
};

for (const stack of stackNames()) {
  describeWith("pulumi", `The ${stack} stack with the Pulumi CLI`, function () {
    this.timeout(600_000);
    let project: Project;
    const { namespace, resources } = namespaces[stack];
    let checkout: string[];

    before("copy the project", () => {
      project = Project.copy();
      checkout = stackFiles(project);
    });

    after(() => project.remove());

    it("is deployed by `up`", async () => {
      const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      assert.match(output, /with the Pulumi CLI/);
      assert.match(output, new RegExp(`${resources} created`));
      const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace });
      assert.ok(items.length >= 3);
    });

    it("is not changed by a second `up`", async () => {
      const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      assert.match(output, new RegExp(`${resources} unchanged`));
      assert.match(output, /nothing changed/);
    });

    it("has no changes in a preview", async () => {
      const { all } = await pulumi(project, ["preview", "--expect-no-changes", "--stack", stack]);
      assert.match(all, new RegExp(`${resources} unchanged`));
    });

    it("leaves nothing in the cluster after `destroy`, and does not change the stack files", async () => {
      const { exitCode, output } = await project.run(["destroy", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      const { items } = await api(k8s.CoreV1Api).listNamespace();
      assert.ok(!items.some(({ metadata }) => metadata?.name === namespace));
      assert.deepEqual(stackFiles(project), checkout);
    });
  });
}

function stackFiles({ folder }: Project): string[] {
  return stackNames(folder).map((stack) => fs.readFileSync(path.join(folder, `Pulumi.${stack}.yaml`), "utf8"));
}
