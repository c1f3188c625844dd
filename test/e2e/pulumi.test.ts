import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { execa, execaSync } from "execa";
import { kubeconfigFile, projectFolder } from "../../sandbox/paths";
import { stackNames } from "../../sandbox/stackFiles";
import { api, Project, readSecret } from "../sandbox/project";

const hasPulumi = execaSync("pulumi", ["version"], { reject: false }).exitCode === 0;
const namespaces: Record<string, { namespace: string; release: string }> = {
  dev: { namespace: "development", release: "flask-dev" },
  staging: { namespace: "staging", release: "flask-staging" },
  production: { namespace: "production", release: "flask-prod" },
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
    const project = new Project();
    const { namespace, release } = namespaces[stack];
    let checkout: string[];

    before(() => (checkout = stackFiles()));

    it("is deployed by `up`", async () => {
      const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      assert.match(output, /with the Pulumi CLI/);
      assert.match(output, /15 created/);
      const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace });
      assert.ok(items.length >= 3);
    });

    it("is left alone by a second `up`", async () => {
      const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      assert.match(output, /15 unchanged/);
      assert.match(output, /nothing changed/);
    });

    it("has nothing to change in `preview`", async () => {
      const { all } = await pulumi(project, ["preview", "--expect-no-changes", "--stack", stack]);
      assert.match(all, /15 unchanged/);
    });

    it("shows no secret in a preview, nor as plain text in the state", async () => {
      const { all: preview } = await pulumi(project, ["preview", "--diff", "--stack", stack]);
      const { all: state } = await pulumi(project, ["stack", "export", "--stack", stack]);
      const secrets = await Promise.all(
        [`${release}-env`, `${release}-postgresql-auth`, `${release}-redis-auth`].map((name) =>
          readSecret(namespace, name),
        ),
      );
      for (const value of secrets.flatMap((secret) => Object.values(secret))) {
        for (const form of [value, Buffer.from(value).toString("base64"), encodeURIComponent(value)]) {
          assert.ok(!preview.includes(form) && !state.includes(form), "a secret is readable");
        }
      }
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
        ...["-redis", "-redis-auth", "-redis-auth-redis-password"],
      ].map((name) => (name.startsWith("-") ? `${release}${name}` : name));
      assert.deepEqual(names.sort(), stack === "production" ? expected.sort() : []);
    });

    it("leaves nothing in the cluster after `destroy`, and the checkout's stack files as they were", async () => {
      const { exitCode, output } = await project.run(["destroy", "--stack", stack], process.env);
      assert.equal(exitCode, 0, output);
      const { items } = await api(k8s.CoreV1Api).listNamespace();
      assert.ok(!items.some(({ metadata }) => metadata?.name === namespace));
      assert.deepEqual(stackFiles(), checkout);
    });
  });
}

function stackFiles(): string[] {
  return stackNames().map((stack) => fs.readFileSync(path.join(projectFolder, `Pulumi.${stack}.yaml`), "utf8"));
}

/** Runs the Pulumi CLI on the stacks of the tests' sandbox. */
function pulumi(project: Project, args: string[]) {
  const folder = path.join(project.sandbox, "pulumi");
  return execa("pulumi", args, {
    cwd: folder,
    all: true,
    env: {
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: fs.readFileSync(path.join(folder, "passphrase"), "utf8"),
    },
  });
}
