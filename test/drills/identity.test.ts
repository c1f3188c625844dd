import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import * as yaml from "yaml";
import { helm } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { kubeconfigFile } from "../../tools/lib/paths";
import { api, Project } from "../helpers/project";
import { deploy, drill, printResults } from "./drill";
import { assertFailsWith, namespace, PulumiCli } from "./drivers";

/** Another sandbox. Its context has the same name, and it has a dev stack of its own. */
class OtherSandbox {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-other-"));
  readonly kubeconfig = path.join(this.folder, "kubeconfig");
  private readonly project = Project.copy(this.folder);

  /** Runs a command of the project in this sandbox. */
  async run(command: "start" | "destroy" | "stop"): Promise<void> {
    const { exitCode, output } = await this.project.run([command]);
    assert.equal(exitCode, 0, output);
  }

  /** Version of every Secret in dev's namespace. Helm writes one for each revision of a release. */
  async secretVersions(): Promise<Record<string, string>> {
    const cluster = new k8s.KubeConfig();
    cluster.loadFromFile(this.kubeconfig);
    const { items } = await cluster.makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace });
    return Object.fromEntries(items.map(({ metadata }) => [metadata!.name!, metadata!.resourceVersion!]));
  }

  remove(): void {
    this.project.remove();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const unattended = ["--yes", "--skip-preview", "--stack", "dev"];

describeWith("pulumi", "A stack", function () {
  this.timeout(600_000);
  const driver = new PulumiCli();
  const other = new OtherSandbox();

  before("deploy dev to two sandboxes, from two states", async () => {
    await driver.begin();
    await Promise.all([deploy(driver), other.run("start")]);
  });
  after("print the results and remove both", async () => {
    printResults();
    await other.run("stop");
    other.remove();
    await driver.destroy();
    driver.end();
  });

  it("refuses another cluster whose context has the same name, and changes nothing there", () =>
    drill(driver, "the kubeconfig leads to another cluster", async () => {
      const before = await other.secretVersions();
      for (const command of [
        ["preview", "--stack", "dev"],
        ["up", ...unattended],
        ["up", "--refresh", ...unattended],
        ["destroy", "--run-program", ...unattended],
      ]) {
        assertFailsWith(
          await driver.pulumi(command, { KUBECONFIG: other.kubeconfig }),
          /The cluster of the context sandbox .* is not the one that this stack was deployed to/,
        );
      }
      assert.deepEqual(await other.secretVersions(), before);
    }));

  it("refuses the namespace of another stack, and names that stack", () =>
    drill(driver, "two stacks with one namespace", async () => {
      const file = (stack: string) => path.join(driver.project.folder, `Pulumi.${stack}.yaml`);
      const { config } = yaml.parse(fs.readFileSync(file("dev"), "utf8")) as { config: Record<string, unknown> };
      fs.writeFileSync(file("second"), yaml.stringify({ config: { ...config, "flask-app:releaseName": "second" } }));
      await driver.pulumi(["stack", "init", "second"]);
      for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
        const result = await driver.pulumi([...command, "--stack", "second"]);
        assertFailsWith(result, /The namespace development in the cluster of .* belongs to the stack flask-app\/dev;/);
        assert.doesNotMatch(result.output, /UPSERT/);
      }
      await driver.pulumi(["stack", "rm", "second", "--yes", "--force"]);
      await driver.pulumi(["stack", "select", "dev"]);
    }));

  it("refuses the namespace of a stack of the same name in another state", () =>
    drill(driver, "the state is lost", async () => {
      const state = path.join(driver.project.folder, "new-state");
      fs.mkdirSync(state);
      const env = { PULUMI_BACKEND_URL: `file://${state}` };
      await driver.pulumi(["stack", "init", "dev"], env);
      const result = await driver.pulumi(["preview", "--stack", "dev"], env);
      assertFailsWith(result, /belongs to another state of the stack flask-app\/dev; nothing was changed/);
      assert.doesNotMatch(result.output, /UPSERT/);
    }));

  it("says in a preview that a release was uninstalled by hand, and installs it again", () =>
    drill(driver, "a release is uninstalled by hand", async () => {
      assert.ok(!(await helm("uninstall", "flask-dev", "--namespace", namespace)).failed);
      const { output } = await driver.pulumi(["preview", "--stack", "dev"]);
      const [, command] = /The release flask-dev is in this stack's state, but .* run: pulumi (.*)/.exec(output) ?? [];
      assert.equal(command, "up --refresh --stack dev", output);
      const up = await driver.pulumi([...command.split(" "), "--yes"]);
      assert.equal(up.exitCode, 0, up.output);
    }));

  it("says in a preview that a release is somebody else's, and can adopt it", () =>
    drill(driver, "a release of another owner has the name", async () => {
      const release = ["flask-dev", "--namespace", namespace];
      const { output: values } = await helm("get", "values", ...release, "--output", "yaml");
      const file = path.join(driver.project.folder, "values.yaml");
      fs.writeFileSync(file, values);
      assert.ok(!(await helm("uninstall", ...release)).failed);
      assert.equal((await driver.pulumi(["refresh", "--yes", "--stack", "dev"])).exitCode, 0);
      const chart = path.join(driver.project.folder, "chart");
      const installed = await helm("install", "flask-dev", chart, "--namespace", namespace, "--values", file);
      assert.ok(!installed.failed, installed.output);

      const { output } = await driver.pulumi(["preview", "--stack", "dev"]);
      const [, command] =
        /There is a release flask-dev .* did not install: .* run: pulumi (import .*)/.exec(output) ?? [];
      assert.ok(command, output);
      const imported = await driver.pulumi([...command.replaceAll("'", "").split(" "), "--yes"]);
      assert.equal(imported.exitCode, 0, imported.output);
    }));

  it("recovers after a refresh on an empty cluster removed everything from its state", () =>
    drill(driver, "refreshed on another, empty cluster", async () => {
      await other.run("destroy");
      assertFailsWith(
        await driver.pulumi(["up", "--refresh", ...unattended], { KUBECONFIG: other.kubeconfig }),
        /is not the one that this stack was deployed to/,
      );
      assert.equal((await driver.recover())?.exitCode, 0);
    }));

  it("moves to a cluster that was rebuilt, with the command that the refusal prints, and back", () =>
    drill(driver, "moved to a rebuilt cluster, and back", async () => {
      for (const kubeconfig of [other.kubeconfig, kubeconfigFile]) {
        const env = { KUBECONFIG: kubeconfig };
        const refused = await driver.pulumi(["preview", "--stack", "dev"], env);
        const [, urn] = /run: pulumi up --refresh --stack dev --replace '(.*)'/.exec(refused.output) ?? [];
        const move = ["--refresh", "--stack", "dev", "--replace", urn];
        for (const command of [
          ["preview", ...move],
          ["up", "--yes", ...move],
        ]) {
          const { exitCode, output } = await driver.pulumi(command, env);
          assert.equal(exitCode, 0, output);
        }
        assert.match((await driver.up(env)).output, driver.unchanged);
      }
    }));

  // What would happen without it: the hook finds the release of this name in dev's own cluster, and deletes its record.
  it("lets its hooks act in no other cluster than that of a resource's provider", async () => {
    await other.run("start");
    const project = Project.copy();
    fs.writeFileSync(path.join(project.folder, "index.ts"), programWithProvider(other.kubeconfig));
    const before = await keptRecords();
    const state = path.join(project.folder, "state");
    fs.mkdirSync(state);
    const env = { PULUMI_BACKEND_URL: `file://${state}` };
    const inProject = (args: string[]) => driver.pulumi([...args, "--cwd", project.folder], env);
    await inProject(["stack", "init", "dev"]);
    const result = await inProject(["up", ...unattended]);
    assertFailsWith(result, /cannot re-use a name that is still in use/);
    assert.doesNotMatch(result.output, /resuming its install/);
    assert.deepEqual(await keptRecords(), before);
    project.remove();
  });
});

/** Names of Helm's records in dev's own cluster. */
async function keptRecords(): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  return items.map(({ metadata }) => metadata!.name!).sort();
}

/** A program that deploys the release flask-dev to another cluster than that of KUBECONFIG. */
function programWithProvider(kubeconfig: string): string {
  return `
import * as k8s from "@pulumi/kubernetes";
import { localChart } from "./components/chartSource";
import { attachErrorHooks } from "./components/hooks/errorHooks";
import { helmRelease } from "./components/release";

attachErrorHooks("dev", {});
const provider = new k8s.Provider("other", { kubeconfig: ${JSON.stringify(kubeconfig)} });
const chart = { reference: "./chart", version: localChart("./chart").version };
const target = { releaseName: "flask-dev", namespace: "${namespace}", timeoutSeconds: 30 };
helmRelease({ ...target, chart, values: {} }, { provider });
`;
}
