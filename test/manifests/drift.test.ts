import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
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

  it("finds none right after a deployment", async () => {
    const { exitCode, stdout } = await drift("--sandbox");
    assert.equal(stdout, "No manifest changes.");
    assert.equal(exitCode, 0);
  });

  it("finds the cluster in KUBECONFIG", async () => {
    // Only with --sandbox do the stand-in charts replace the Bitnami charts.
    project.configure("dev", (config) => Object.assign(config, withStandInCharts({ config }).config));
    await commit(project);
    const { exitCode, stdout } = await manifestsCommand(project, ["drift", "dev"], { KUBECONFIG: kubeconfigFile });
    assert.equal(stdout, "No manifest changes.");
    assert.equal(exitCode, 0);
  });

  it("finds what was changed, added and deleted by hand, and masks the values of a Secret", async () => {
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
    const secret = {
      namespace,
      name: "flask-dev-env",
      body: {
        // kubectl keeps a copy of the whole object in an annotation.
        metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "redis://elsewhere" } },
        stringData: { REDIS_URL: "redis://elsewhere" },
      },
    };
    await core.patchNamespacedSecret({ ...secret, ...byHand }, merge);
    const password = {
      namespace,
      name: "flask-dev-redis-auth",
      body: { stringData: { "redis-password": "elsewhere" } },
    };
    await core.patchNamespacedSecret({ ...password, ...byHand }, merge);
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
      /^4 changed, 1 added; restarts pods: Deployment development\/flask-dev-flask-app; replaces: none; touches data: none\.$/m,
    );
    assert.match(stdout, /^- +redis-password: "\[secret\] \(before\)"$/m);
    assert.doesNotMatch(stdout, /StatefulSet|checksum\/secret: /, "what depends on the Secret is not drift");
    const [, commands] = stdout.split("To undo this:\n");
    assert.deepEqual(commands.split("\n"), [
      `  kubectl patch secret flask-dev-env --namespace development --type json --patch '[{"op":"remove","path":"/metadata/annotations"}]'`,
      `  kubectl patch service ${name} --namespace development --type json --patch '[{"op":"remove","path":"/metadata/labels/team"}]'`,
      `  kubectl patch deployment ${name} --namespace development --type json --patch '[{"op":"remove","path":"/spec/template/spec/containers/0/env"}]'`,
      "  PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh --stack dev",
      "  helm rollback flask-dev 1 --namespace development --wait",
    ]);
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

    it("a cluster that does not answer", async () => {
      project.configure("dev", (config) => (config["kubernetes:context"] = "elsewhere"));
      assert.match(
        await refusal(["drift", "dev", "--dirty"], { KUBECONFIG: "/nonexistent" }),
        /^The kubeconfig \S+ cannot be read: ENOENT/,
      );
      assert.match(
        await refusal(["drift", "dev", "--dirty"], { KUBECONFIG: kubeconfigFile }),
        /^The kubeconfig has no context "elsewhere"; it has [^ ]+\.$/,
      );
    });

    it("uncommitted changes", async () => {
      project.edit("chart/values.yaml", "replicaCount: ", "# edited\nreplicaCount: ");
      assert.match(
        await refusal(["drift", "dev", "--sandbox"]),
        /^Uncommitted changes would show as drift: commit Pulumi\.dev\.yaml, chart\/values\.yaml, or add --dirty\.$/m,
      );
    });
  });
});
