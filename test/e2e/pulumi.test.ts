import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { stackNames } from "../../tools/lib/stackFiles";
import { api, Project } from "../helpers/project";
import { secretsIn, shownIn } from "../helpers/secretSearch";
import { hasPulumi, pulumi } from "../helpers/engine";

const namespaces: Record<string, { namespace: string; release: string; resources: number }> = {
  dev: { namespace: "development", release: "flask-dev", resources: 16 },
  staging: { namespace: "staging", release: "flask-staging", resources: 16 },
  // The claim of its backups, too.
  production: { namespace: "production", release: "flask-prod", resources: 17 },
};

for (const stack of stackNames()) {
  const title = `the ${stack} stack with the Pulumi CLI`;
  if (!hasPulumi) {
    describe(title, () => {
      it("is deployed, previewed and destroyed (skipped: pulumi is not on PATH)");
    });
    continue;
  }

  describe(title, function () {
    this.timeout(300_000);
    let project: Project;
    const { namespace, release, resources } = namespaces[stack];
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

    it("is left alone by a second `up`", async () => {
      const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      assert.match(output, new RegExp(`${resources} unchanged`));
      assert.match(output, /nothing changed/);
    });

    it("has nothing to change in `preview`", async () => {
      const { all } = await pulumi(project, ["preview", "--expect-no-changes", "--stack", stack]);
      assert.match(all, new RegExp(`${resources} unchanged`));
    });

    it("fails a preview of a broken template with its file and line", async () => {
      const template = "chart/templates/service.yaml";
      project.edit(template, "spec:\n", "spec: {{ .Values.no.such }}\n");
      const { exitCode, all } = await pulumi(project, ["preview", "--stack", stack], false);
      project.edit(template, "spec: {{ .Values.no.such }}\n", "spec:\n");
      assert.notEqual(exitCode, 0);
      assert.match(all, /Helm cannot render \.\/chart: template: chart\/templates\/service\.yaml:\d+:\d+: executing/);
      assert.doesNotMatch(all, /\n +at /);
    });

    it("fails a preview of what Kubernetes would refuse", async () => {
      const template = "chart/templates/service.yaml";
      project.edit(template, "spec:\n", "spec:\n  selectr: {}\n");
      const { exitCode, all } = await pulumi(project, ["preview", "--stack", stack], false);
      project.edit(template, "spec:\n  selectr: {}\n", "spec:\n");
      assert.notEqual(exitCode, 0);
      assert.match(all, /chart\/templates\/service\.yaml:\d+: Service \S+: spec\.selectr is no field of this kind/);
    });

    it("fails a preview that finds no cluster", async () => {
      const { exitCode, all } = await pulumi(project, ["preview", "--stack", stack], false, "/nonexistent");
      assert.notEqual(exitCode, 0);
      assert.match(all, /The kubeconfig cannot be read: ENOENT/);
    });

    it("shows no secret in a preview, nor as plain text in the state", async () => {
      const { all: preview } = await pulumi(project, ["preview", "--diff", "--stack", stack]);
      const { all: state } = await pulumi(project, ["stack", "export", "--stack", stack]);
      const secrets = await secretsIn(namespace);
      assert.equal(secrets.length, 6);
      assert.deepEqual(shownIn(preview + state, secrets), []);
    });

    it("protects the namespace, the databases and their passwords in production alone", async () => {
      const { stdout } = await pulumi(project, ["stack", "export", "--stack", stack]);
      const state = JSON.parse(stdout) as { deployment: { resources: { urn: string; protect?: boolean }[] } };
      const names = state.deployment.resources.filter(({ protect }) => protect).map(({ urn }) => urn.split("::")[3]);
      const expected = [
        "postgresql",
        "production",
        "redis",
        ...["-postgresql", "-postgresql-auth", "-postgresql-auth-password", "-postgresql-auth-postgres-password"],
        "-postgresql-backups",
        ...["-redis", "-redis-auth", "-redis-auth-redis-password"],
      ].map((name) => (name.startsWith("-") ? `${release}${name}` : name));
      assert.deepEqual(names.sort(), stack === "production" ? expected.sort() : []);
    });

    it("leaves nothing in the cluster after `destroy`, and the checkout's stack files as they were", async () => {
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
