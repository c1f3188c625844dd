import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { setUpSandbox } from "../../sandbox/setUp";
import { kubeconfigFile } from "../../tools/lib/paths";
import { helm, succeed, writeSecret } from "../helpers/cluster";
import { applyDeployerManifest, asDeployer, deployedStacks, removeDeployers } from "../helpers/deployer";
import { itWith } from "../helpers/describeWith";
import { manifestsCommand } from "../helpers/manifestsCommand";
import { Project, withoutPulumi } from "../helpers/project";

describe("a deployer with only the rights of docs/deployer.yaml", function () {
  this.timeout(600_000);
  let project: Project;
  let administrator: string;

  before("start the sandbox", async () => {
    await setUpSandbox(new AbortController().signal);
    administrator = fs.readFileSync(kubeconfigFile, "utf8");
  });

  beforeEach("copy the project, and grant the rights", async () => {
    project = Project.copy();
    await applyDeployerManifest();
  });

  afterEach(() => project.remove());

  after(async () => {
    // A test that timed out has not restored it.
    fs.writeFileSync(kubeconfigFile, administrator);
    await removeDeployers();
  });

  /** Deploys a stack, looks for drift, deploys it again, changes it and its passwords, tests it, and destroys it. */
  const useStack = async ({ stack, namespace, release }: (typeof deployedStacks)[number], env: NodeJS.ProcessEnv) => {
    const start = () => succeed(project, ["start", "--stack", stack], env);
    // One of the stacks reads the login of a server from a Secret that another tool keeps.
    const usesSecret = stack === "dev";
    if (usesSecret) {
      await writeSecret(namespace, "cache", { password: "s3cret" });
      project.configure(stack, (config) => {
        config["flask-app:redis"] = { external: { host: "cache", secret: { name: "cache", passwordKey: "password" } } };
      });
    }
    assert.match(await start(), new RegExp(`${stack} is deployed`));
    const drift = await manifestsCommand(project, ["drift", stack, "--sandbox", "--dirty"]);
    assert.equal(drift.stdout, "No manifest changes.", drift.stderr);
    assert.match(await start(), /nothing changed/);
    project.configure(stack, (config) => {
      // A Job that must run before the pods are replaced.
      Object.assign(config["flask-app:app"] as object, { migration: { enabled: true, command: ["flask", "db"] } });
      config["flask-app:rotation"] = { postgresql: "2", secretKey: "2", ...(!usesSecret && { redis: "2" }) };
    });
    assert.match(await start(), new RegExp(`${stack} is deployed`));
    // No container runs here, so the pod of the test is created, but never completes.
    const { output } = await helm("test", release, "-n", namespace, "--timeout", "1s");
    assert.match(output, /timed out|context deadline exceeded/);
    await succeed(project, ["destroy", "--stack", stack], env);
  };

  for (const settings of deployedStacks) {
    const { stack, namespace } = settings;
    it(`deploys ${stack}, finds no drift, deploys it again, upgrades, rotates, tests and destroys it`, () =>
      asDeployer(namespace, () => useStack(settings, withoutPulumi())));

    itWith("pulumi", `imports the namespace of ${stack} and does the same with the Pulumi CLI`, () =>
      asDeployer(namespace, async () => {
        const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
        assert.equal(exitCode, 1);
        assert.match(output, /cannot create resource "namespaces"/);
        await importNamespace(project, stack, namespace);
        await useStack(settings, process.env);
      }),
    );
  }

  itWith("pulumi", "previews a stack and a change to it as the viewer, who cannot deploy it", async () => {
    await project.run(["start"], process.env);
    await importNamespace(project, "dev", "development");
    await succeed(project, ["start"], process.env);
    await asDeployer("development-viewer", async () => {
      assert.match((await pulumi(project, "preview", "--stack", "dev")).all, /\d+ unchanged/);
      // A change to a Secret and, by its checksum, to the pods.
      const rotate = ["--config-path", "--config", "flask-app:rotation.secretKey=second"];
      const preview = await pulumi(project, "preview", "--stack", "dev", ...rotate);
      assert.equal(preview.exitCode, 0, preview.all);
      assert.match(preview.all, /flask-dev-env +update/);
      const up = await pulumi(project, "up", "--stack", "dev", "--yes", "--skip-preview", ...rotate);
      assert.notEqual(up.exitCode, 0);
      assert.match(up.all, /cannot patch resource "secrets"/);
    });
    await succeed(project, ["destroy"], process.env);
  });
});

/** Imports a namespace into a stack of the tests' sandbox with the Pulumi CLI. */
async function importNamespace(project: Project, stack: string, namespace: string): Promise<void> {
  const resource = ["kubernetes:core/v1:Namespace", namespace, namespace];
  const options = ["--yes", "--generate-code=false", "--stack", stack];
  const { exitCode, all } = await pulumi(project, "import", ...resource, ...options);
  assert.equal(exitCode, 0, all);
}

/** Runs the Pulumi CLI on the stacks of the tests' sandbox. */
async function pulumi(project: Project, ...args: string[]): Promise<{ exitCode?: number; all: string }> {
  const folder = path.join(project.sandbox, "pulumi");
  return execa("pulumi", [...args, "--non-interactive"], {
    cwd: folder,
    env: {
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: fs.readFileSync(path.join(folder, "passphrase"), "utf8"),
    },
    all: true,
    reject: false,
  });
}
