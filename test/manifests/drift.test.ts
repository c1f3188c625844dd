import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile } from "../../tools/lib/paths";
import { api, Project } from "../helpers/project";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";

const namespace = "development";
const name = "flask-dev-flask-app";

describe("npm run drift", function () {
  this.timeout(120_000);
  let project: Project;
  const drift = (...args: string[]) => manifestsCommand(project, ["drift", "dev", ...args]);

  before("deploy dev from a copy of the project", async () => {
    project = Project.copy();
    await commit(project);
    const { exitCode, output } = await project.run(["start"]);
    assert.equal(exitCode, 0, output);
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
  });

  it("finds none in what was just deployed", async () => {
    const { exitCode, stdout } = await drift("--sandbox");
    assert.equal(stdout, "No manifest changes.");
    assert.equal(exitCode, 0);
  });

  it("finds the cluster by KUBECONFIG, too", async () => {
    // The stand-in charts are for the sandbox alone.
    project.configure("dev", (config) => {
      for (const database of ["postgresql", "redis"]) {
        const { inCluster } = config[`flask-app:${database}`] as { inCluster: { chart?: object } };
        const version = database === "redis" ? "17.17.1" : "12.12.10";
        inCluster.chart = { reference: `./sandbox/charts/${database}`, version };
      }
    });
    await commit(project);
    const { exitCode, stdout } = await manifestsCommand(project, ["drift", "dev"], { KUBECONFIG: kubeconfigFile });
    assert.equal(stdout, "No manifest changes.");
    assert.equal(exitCode, 0);
  });

  it("finds what was changed, added, and deleted by hand, and masks what a Secret holds", async () => {
    const byHand = { fieldManager: "kubectl-edit" };
    const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch);
    const env = [{ name: "BY_HAND", value: "1" }];
    const containers = [{ name: "flask-app", image: "another:1", env }];
    await api(k8s.AppsV1Api).patchNamespacedDeployment(
      { namespace, name, body: { spec: { template: { spec: { containers } } } }, ...byHand },
      merge,
    );
    const core = api(k8s.CoreV1Api);
    await core.patchNamespacedService(
      { namespace, name, body: { metadata: { labels: { team: "a" } } }, ...byHand },
      merge,
    );
    const secret = { namespace, name: "flask-dev-env", body: { stringData: { REDIS_URL: "redis://elsewhere" } } };
    await core.patchNamespacedSecret({ ...secret, ...byHand }, merge);
    await core.deleteNamespacedConfigMap({ namespace, name });

    const { exitCode, stdout } = await drift("--sandbox");
    assert.equal(exitCode, 1);
    assert.match(stdout, /^- +image: another:1\n\+ +image: tiangolo/m);
    assert.match(stdout, /^- +- name: BY_HAND$/m);
    assert.match(stdout, /^- +team: a$/m);
    assert.match(stdout, /^- +REDIS_URL: "\[secret\] \(before\)"\n\+ +REDIS_URL: "\[secret\] \(after\)"$/m);
    assert.match(stdout, /^\+kind: ConfigMap$/m);
    assert.match(
      stdout,
      /^3 changed, 1 added; restarts pods: Deployment development\/flask-dev-flask-app; replaces: none; touches data: none\.$/m,
    );
    assert.doesNotMatch(stdout, /elsewhere|cmVkaXM6/);
  });

  it("changes nothing itself", async () => {
    const { metadata } = await api(k8s.AppsV1Api).readNamespacedDeployment({ namespace, name });
    await drift("--sandbox");
    const after = await api(k8s.AppsV1Api).readNamespacedDeployment({ namespace, name });
    assert.equal(after.metadata?.resourceVersion, metadata?.resourceVersion);
  });

  describe("refuses", () => {
    const refusal = async (args: string[], env = {}) => {
      const { exitCode, stdout, stderr } = await manifestsCommand(project, args, env);
      assert.equal(exitCode, 2, stdout);
      assert.equal(stdout, "");
      return stderr;
    };

    it("a stack that there is not", async () => {
      assert.match(
        await refusal(["drift", "prod"]),
        /^There is no stack "prod"; the stacks are dev, production, staging\.$/,
      );
    });

    it("a cluster that does not answer", async () => {
      project.configure("dev", (config) => (config["kubernetes:context"] = "elsewhere"));
      assert.match(
        await refusal(["drift", "dev", "--dirty"], { KUBECONFIG: "/nonexistent" }),
        /^The kubeconfig cannot be read: ENOENT/,
      );
      assert.match(
        await refusal(["drift", "dev", "--dirty"], { KUBECONFIG: kubeconfigFile }),
        /^The kubeconfig has no context "elsewhere"; it has [^ ]+\.$/,
      );
    });

    it("a chart that is changed and not committed", async () => {
      project.edit("chart/values.yaml", "replicaCount: ", "# edited\nreplicaCount: ");
      assert.match(
        await refusal(["drift", "dev", "--sandbox"]),
        /^Uncommitted changes would show as drift: commit Pulumi\.dev\.yaml, chart\/values\.yaml, or add --dirty\.$/m,
      );
    });
  });
});
