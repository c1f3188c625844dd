import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as k8s from "@kubernetes/client-node";
import { setUpSandbox } from "../../sandbox/setUp";
import { kubeconfigFile } from "../../tools/lib/paths";
import { helm, succeed } from "../helpers/cluster";
import { applyDeployerManifest, asDeployer, may, removeDeployers } from "../helpers/deployer";
import { itWith } from "../helpers/describeWith";
import { manifestsCommand } from "../helpers/manifestsCommand";
import { Project, withoutPulumi } from "../helpers/project";

const stacks = [
  { stack: "dev", namespace: "development", release: "flask-dev" },
  { stack: "staging", namespace: "staging", release: "flask-staging" },
  { stack: "production", namespace: "production", release: "flask-prod" },
];
const namespaces = stacks.map(({ namespace }) => namespace);

describe("a deployer with only the rights of docs/deployer.yaml", function () {
  this.timeout(400_000);
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
    await removeDeployers(namespaces);
  });

  /** Deploys a stack, looks for drift, deploys it again, changes it, tests it, and destroys it. */
  const useStack = async ({ stack, namespace, release }: (typeof stacks)[number], env: NodeJS.ProcessEnv) => {
    const start = () => succeed(project, ["start", "--stack", stack], env);
    assert.match(await start(), new RegExp(`${stack} is deployed`));
    const drift = await manifestsCommand(project, ["drift", stack, "--sandbox", "--dirty"]);
    assert.equal(drift.stdout, "No manifest changes.", drift.stderr);
    assert.match(await start(), /nothing changed/);
    project.configure(stack, (config) =>
      // A Job that must run before the pods are replaced.
      Object.assign(config["flask-app:app"] as object, { migration: { enabled: true, command: ["flask", "db"] } }),
    );
    assert.match(await start(), new RegExp(`${stack} is deployed`));
    // No container runs here, so the pod of the test is created, but never completes.
    const { output } = await helm("test", release, "-n", namespace, "--timeout", "1s");
    assert.match(output, /timed out|context deadline exceeded/);
    await succeed(project, ["destroy", "--stack", stack], env);
  };

  for (const settings of stacks) {
    const { stack, namespace } = settings;
    it(`deploys ${stack}, finds no drift, deploys it again, upgrades, tests and destroys it`, () =>
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

  it("has no rights in other namespaces, and none on objects of the whole cluster", async () => {
    const elsewhere = [...namespaces, "default", "kube-system", "flask-app-deployers"];
    for (const namespace of namespaces) {
      const refused = [
        ...elsewhere.filter((name) => name !== namespace).flatMap(accessTo),
        ...forbiddenEverywhere,
        ...forbiddenIn(namespace),
      ];
      await asDeployer(namespace, async (deployer) => {
        for (const access of refused) {
          assert.equal(await may(deployer, access), false, JSON.stringify(access));
        }
      });
    }
  });
});

/** Access to another namespace. */
function accessTo(namespace: string): k8s.V1ResourceAttributes[] {
  const verbs = ["get", "list", "watch", "create", "patch", "delete"];
  return [
    ...["secrets", "configmaps", "pods"].flatMap((resource) => verbs.map((verb) => ({ namespace, verb, resource }))),
    ...["get", "patch", "delete"].map((verb) => ({ verb, resource: "namespaces", name: namespace })),
  ];
}

const rbac = "rbac.authorization.k8s.io";
const forbiddenEverywhere: k8s.V1ResourceAttributes[] = [
  { verb: "create", resource: "namespaces" },
  { verb: "list", resource: "nodes" },
  { verb: "list", resource: "persistentvolumes" },
  { verb: "list", resource: "secrets" },
  { verb: "list", resource: "events" },
  { verb: "impersonate", resource: "users" },
  { verb: "create", group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
  { verb: "create", group: "admissionregistration.k8s.io", resource: "validatingwebhookconfigurations" },
  { verb: "create", group: rbac, resource: "clusterroles" },
  { verb: "create", group: rbac, resource: "clusterrolebindings" },
];

/** Access that a deployer does not even have in its own namespace. */
function forbiddenIn(namespace: string): k8s.V1ResourceAttributes[] {
  return [
    { verb: "create", group: rbac, resource: "roles", namespace },
    { verb: "create", group: rbac, resource: "rolebindings", namespace },
    { verb: "patch", group: rbac, resource: "rolebindings", namespace, name: "flask-app-deployer" },
    { verb: "create", resource: "pods", subresource: "exec", namespace },
    { verb: "create", resource: "pods", subresource: "portforward", namespace },
    { verb: "create", resource: "serviceaccounts", subresource: "token", namespace },
    { verb: "create", resource: "serviceaccounts", subresource: "token", namespace: "flask-app-deployers" },
    { verb: "deletecollection", resource: "persistentvolumeclaims", namespace },
  ];
}

/** Imports a namespace into a stack of the tests' sandbox with the Pulumi CLI. */
async function importNamespace(project: Project, stack: string, namespace: string): Promise<void> {
  const folder = path.join(project.sandbox, "pulumi");
  const resource = ["kubernetes:core/v1:Namespace", namespace, namespace];
  await execa("pulumi", ["import", ...resource, "--yes", "--generate-code=false", "--stack", stack], {
    cwd: folder,
    env: {
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: fs.readFileSync(path.join(folder, "passphrase"), "utf8"),
    },
  });
}
