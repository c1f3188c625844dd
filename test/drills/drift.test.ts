import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { describeWith } from "../helpers/describeWith";
import { manifestsCommand } from "../helpers/manifestsCommand";
import { api } from "../helpers/project";
import { deployDev, drill } from "./drill";
import { assertFailsWith, configure, namespace, PulumiCli } from "./drivers";

const name = "flask-dev-flask-app";
/** An edit as `kubectl patch` makes it. */
const byHand = { namespace, fieldManager: "kubectl-patch" };
const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch);

describeWith("pulumi", "A cluster that somebody changed by hand", function () {
  this.timeout(600_000);
  const driver = new PulumiCli();

  deployDev(driver);

  const drift = () => manifestsCommand(driver.project, ["drift", "dev", "--sandbox", "--dirty"]);
  const patchPassword = () =>
    api(k8s.CoreV1Api).patchNamespacedSecret(
      { ...byHand, name: "flask-dev-redis-auth", body: { stringData: { "redis-password": "by-hand" } } },
      merge,
    );

  /** Runs the commands that drift prints, after which there is no drift. Returns what drift printed first. */
  async function undoDrift(): Promise<string> {
    const { exitCode, stdout, stderr } = await drift();
    assert.equal(exitCode, 1, stderr);
    const [, commands] = stdout.split("To undo this:\n");
    for (const command of commands.trimEnd().split("\n")) {
      await run(driver, command.trim());
    }
    const after = await drift();
    assert.deepEqual([after.exitCode, after.stdout], [0, "No manifest changes."]);
    return stdout;
  }

  it("has objects of a release that were changed and deleted, which Pulumi does not see", () =>
    drill(driver, "objects of a release changed and deleted by hand", async () => {
      const containers = [{ name: "flask-app", image: "another:1", env: [{ name: "BY_HAND", value: "1" }] }];
      const body = { spec: { template: { spec: { containers } } } };
      await api(k8s.AppsV1Api).patchNamespacedDeployment({ ...byHand, name, body }, merge);
      await api(k8s.CoreV1Api).patchNamespacedService(
        { ...byHand, name, body: { metadata: { labels: { team: "a" } } } },
        merge,
      );
      await api(k8s.CoreV1Api).deleteNamespacedConfigMap({ namespace, name });
      assert.match((await driver.pulumi(["preview", "--refresh", "--stack", "dev"])).output, /\d+ unchanged/);

      const report = await undoDrift();
      assert.match(report, /^2 changed, 1 added;/m);
      assert.match(report, /^ {2}helm rollback flask-dev \d+ --namespace development --wait$/m);
    }));

  it("has a password Secret that was changed, which is the only drift", () =>
    drill(driver, "a password changed by hand", async () => {
      await patchPassword();
      const report = await undoDrift();
      assert.match(report, /^- +redis-password: "\[secret\] \(before\)"\n\+ +redis-password: "\[secret\] \(after\)"$/m);
      assert.match(report, /^1 changed; restarts pods: none;/m);
    }));

  it("has a field that Pulumi calls a conflict, because kubectl has changed it again", () =>
    drill(driver, "a field conflict after kubectl patch", async () => {
      await patchPassword();
      assertFailsWith(
        await driver.pulumi(["preview", "--refresh", "--stack", "dev"]),
        /server-side apply field conflict detected.*conflict with "kubectl-patch" using v1: \.data\.redis-password/s,
      );
      await undoDrift();
    }));

  it("has a namespace and a Secret that were changed and deleted", () =>
    drill(driver, "objects of the program changed and deleted by hand", async () => {
      const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
      await api(k8s.CoreV1Api).patchNamespace({ ...byHand, name: namespace, body: { metadata: { labels } } }, merge);
      await api(k8s.CoreV1Api).deleteNamespacedSecret({ namespace, name: "flask-dev-env" });
      assert.match(await undoDrift(), /^1 changed, 1 added; restarts pods: none;/m);
    }));

  it("has a release that was upgraded with Helm, which a preview reports", () =>
    drill(driver, "a release upgraded by hand", async () => {
      await run(driver, `helm upgrade flask-dev ./chart --namespace ${namespace} --reuse-values --set replicaCount=2`);
      const { output } = await driver.pulumi(["preview", "--stack", "dev"]);
      assert.match(
        output,
        /flask-dev: The deployed release differs from this, but `pulumi up` would not notice: run `pulumi up --refresh`\.\n/,
      );
      assert.match(output, /^ +- +replicas: 2\n +\+ +replicas: 1$/m);
      configure(driver);
      const { exitCode, output: printed } = await driver.pulumi(["up", "--refresh", "--yes", "--stack", "dev"]);
      assert.equal(exitCode, 0, printed);
      assert.equal((await drift()).exitCode, 0);
    }));
});

/** Runs a command as drift prints it; one of kubectl by the API. */
async function run(driver: PulumiCli, command: string): Promise<void> {
  const patch = /^kubectl patch (\w+) (\S+) --namespace \S+ --type json --patch '(.+)'$/.exec(command);
  if (!patch) {
    const { exitCode, output } = await driver.sh(command.replace("pulumi up", "pulumi up --yes --non-interactive"));
    assert.equal(exitCode, 0, output);
    return;
  }
  const [, kind, object, operations] = patch;
  const request = { namespace, name: object, body: JSON.parse(operations) as object };
  const json = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.JsonPatch);
  await (kind === "deployment"
    ? api(k8s.AppsV1Api).patchNamespacedDeployment(request, json)
    : api(k8s.CoreV1Api).patchNamespacedService(request, json));
}
