import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile } from "../../tools/lib/paths";
import { setUpSandbox } from "../../sandbox/setUp";
import { findTool } from "../../tools/lib/binaries";
import { hasPulumi } from "../helpers/engine";
import { manifestsCommand } from "../helpers/manifestsCommand";
import { applyDeployerManifest, asDeployer, may, removeDeployers } from "../helpers/deployer";
import { Project, withoutPulumi } from "../helpers/project";

const stacks = [
  { stack: "dev", namespace: "development", release: "flask-dev" },
  { stack: "staging", namespace: "staging", release: "flask-staging" },
  { stack: "production", namespace: "production", release: "flask-prod" },
];
const namespaces = stacks.map(({ namespace }) => namespace);

describe("a deployer with the rights of docs/deployer.yaml, and no others", function () {
  this.timeout(400_000);
  let project: Project;
  let administrator: string;

  before("start the sandbox", async () => {
    await setUpSandbox(new AbortController().signal);
    administrator = fs.readFileSync(kubeconfigFile, "utf8");
  });

  beforeEach("copy the project, and give the rights", async () => {
    project = Project.copy();
    await applyDeployerManifest();
  });

  afterEach(() => project.remove());

  after(async () => {
    // A test that ran out of time has not put it back.
    fs.writeFileSync(kubeconfigFile, administrator);
    await removeDeployers(namespaces);
  });

  const npm = async (args: string[], env: NodeJS.ProcessEnv) => {
    const { exitCode, output } = await project.run(args, env);
    assert.equal(exitCode, 0, output);
    return output;
  };

  /** Deploys a stack, looks for drift, deploys it again, changes it, and destroys it. */
  const live = async (stack: string, release: string, namespace: string, env: NodeJS.ProcessEnv) => {
    const deployed = new RegExp(`${stack} is deployed`);
    assert.match(await npm(["start", "--stack", stack], env), deployed);
    const drift = await manifestsCommand(project, ["drift", stack, "--sandbox", "--dirty"]);
    assert.equal(drift.stdout, "No manifest changes.", drift.stderr);
    assert.match(await npm(["start", "--stack", stack], env), /nothing changed/);
    project.configure(stack, (config) =>
      // A Job that must run before the pods are replaced.
      Object.assign(config["flask-app:app"] as object, { migration: { enabled: true, command: ["flask", "db"] } }),
    );
    assert.match(await npm(["start", "--stack", stack], env), deployed);
    // No container runs here, so the test's pod is made and watched, but never ends.
    const test = ["test", release, "-n", namespace, "--timeout", "1s", "--kubeconfig", kubeconfigFile];
    await assert.rejects(execa((await findTool("helm"))!, test), /timed out|context deadline exceeded/);
    await npm(["destroy", "--stack", stack], env);
  };

  for (const { stack, namespace, release } of stacks) {
    it(`deploys ${stack}, finds no drift, deploys it again, upgrades, tests and destroys it`, () =>
      asDeployer(namespace, () => live(stack, release, namespace, withoutPulumi())));

    const title = `adopts the namespace of ${stack} and does the same with the Pulumi CLI`;
    if (hasPulumi) {
      it(title, () =>
        asDeployer(namespace, async () => {
          const { exitCode, output } = await project.run(["start", "--stack", stack], process.env);
          assert.equal(exitCode, 1);
          assert.match(output, /cannot create resource "namespaces"/);
          await pulumi(project, ["import", ...importOf(namespace), "--stack", stack]);
          await live(stack, release, namespace, process.env);
        }),
      );
    } else {
      it(`${title} (skipped: pulumi is not on PATH)`);
    }
  }

  it("is refused what is in other namespaces, and all that belongs to the cluster", async () => {
    const elsewhere = [...namespaces, "default", "kube-system", "flask-app-deployers"];
    for (const namespace of namespaces) {
      await asDeployer(namespace, async (deployer) => {
        for (const other of elsewhere.filter((name) => name !== namespace)) {
          for (const verb of ["get", "list", "watch", "create", "patch", "delete"]) {
            for (const resource of ["secrets", "configmaps", "pods"]) {
              assert.equal(await may(deployer, { namespace: other, verb, resource }), false, `${verb} ${resource}`);
            }
          }
          for (const verb of ["get", "patch", "delete"]) {
            assert.equal(await may(deployer, { verb, resource: "namespaces", name: other }), false, `${verb} ${other}`);
          }
        }
        for (const refused of forbidden(namespace)) {
          assert.equal(await may(deployer, refused), false, JSON.stringify(refused));
        }
      });
    }
  });

  it("is answered 403 when it tries", () =>
    asDeployer("development", async (deployer) => {
      const core = deployer.makeApiClient(k8s.CoreV1Api);
      const rbac = deployer.makeApiClient(k8s.RbacAuthorizationV1Api);
      const toEverything = {
        metadata: { name: "everything" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      };
      const attempts = {
        "list the Secrets of staging": () => core.listNamespacedSecret({ namespace: "staging" }),
        "list all Secrets": () => core.listSecretForAllNamespaces(),
        "list the nodes": () => core.listNode(),
        "make a namespace": () => core.createNamespace({ body: { metadata: { name: "another" } } }),
        "delete staging": () => core.deleteNamespace({ name: "staging" }),
        "get another deployer's token": () =>
          core.createNamespacedServiceAccountToken({
            namespace: "flask-app-deployers",
            name: "production",
            body: { spec: { audiences: [] } },
          }),
        "give itself more rights": () =>
          rbac.createNamespacedRoleBinding({ namespace: "development", body: toEverything }),
      };
      for (const [what, attempt] of Object.entries(attempts)) {
        await assert.rejects(
          attempt(),
          (error) => error instanceof k8s.ApiException && error.code === 403,
          `it can ${what}`,
        );
      }
    }));
});

/** What no deployer may do, though some of it is in its own namespace. */
function forbidden(namespace: string): k8s.V1ResourceAttributes[] {
  const rbac = "rbac.authorization.k8s.io";
  return [
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
    { verb: "create", group: rbac, resource: "roles", namespace },
    { verb: "create", group: rbac, resource: "rolebindings", namespace },
    { verb: "patch", group: rbac, resource: "rolebindings", namespace, name: "flask-app-deployer" },
    { verb: "create", resource: "pods", subresource: "exec", namespace },
    { verb: "create", resource: "pods", subresource: "portforward", namespace },
    { verb: "create", resource: "serviceaccounts", subresource: "token", namespace },
    { verb: "deletecollection", resource: "persistentvolumeclaims", namespace },
  ];
}

const importOf = (namespace: string) => [
  ...["kubernetes:core/v1:Namespace", namespace, namespace],
  ...["--yes", "--generate-code=false"],
];

/** Runs the Pulumi CLI on the stacks of the tests' sandbox. */
function pulumi(project: Project, args: string[]) {
  const folder = path.join(project.sandbox, "pulumi");
  return execa("pulumi", args, {
    cwd: folder,
    env: {
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: fs.readFileSync(path.join(folder, "passphrase"), "utf8"),
    },
  });
}
