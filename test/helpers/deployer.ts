import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "../../sandbox/controlPlane";
import { kubeconfigFile, projectFolder } from "../../tools/lib/paths";

const accounts = "flask-app-deployers";

/** Applies docs/deployer.yaml, as a cluster administrator does. */
export async function applyDeployerManifest(): Promise<void> {
  const cluster = k8s.KubernetesObjectApi.makeApiClient(sandboxClient());
  const text = fs.readFileSync(path.join(projectFolder, "docs/deployer.yaml"), "utf8");
  // One after the other: a namespace comes before what is in it.
  for (const object of k8s.loadAllYaml(text) as k8s.KubernetesObject[]) {
    await cluster.patch(object, undefined, undefined, "administrator", true, k8s.PatchStrategy.ServerSideApply);
  }
}

/** Removes the namespaces that the manifest made, and waits until they are gone: the next stack makes its own. */
export async function removeDeployers(namespaces: string[]): Promise<void> {
  const core = sandboxClient().makeApiClient(k8s.CoreV1Api);
  const made = [...namespaces, accounts];
  const left = async () => {
    const { items } = await core.listNamespace();
    return items.map(({ metadata }) => metadata!.name!).filter((name) => made.includes(name));
  };
  await Promise.all((await left()).map((name) => core.deleteNamespace({ name })));
  while ((await left()).length > 0) {
    await sleep(100);
  }
}

/**
 * Does something while the kubeconfig of the tests' sandbox holds the credential of a stack's deployer, and no other:
 * so whatever deploys to the sandbox does it with the deployer's rights.
 *
 * @param namespace The stack's, of which the deployer has the name.
 */
export async function asDeployer<T>(namespace: string, act: (deployer: k8s.KubeConfig) => Promise<T>): Promise<T> {
  const administrator = fs.readFileSync(kubeconfigFile, "utf8");
  const { status } = await sandboxClient()
    .makeApiClient(k8s.CoreV1Api)
    .createNamespacedServiceAccountToken({ namespace: accounts, name: namespace, body: { spec: { audiences: [] } } });
  const deployer = new k8s.KubeConfig();
  deployer.loadFromString(administrator);
  deployer.users = [{ name: "sandbox", token: status!.token }];
  fs.writeFileSync(kubeconfigFile, deployer.exportConfig());
  try {
    await untilBound(deployer, namespace);
    return await act(deployer);
  } finally {
    fs.writeFileSync(kubeconfigFile, administrator);
  }
}

/** What somebody may do, as the API server's authorizer says it. */
export async function may(
  who: k8s.KubeConfig,
  resourceAttributes: k8s.V1ResourceAttributes,
): Promise<boolean | undefined> {
  const body = { spec: { resourceAttributes } };
  const { status } = await who.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({ body });
  return status?.allowed;
}

/** The API server's authorizer sees a new binding a moment after it was made. */
async function untilBound(deployer: k8s.KubeConfig, namespace: string): Promise<void> {
  while (!(await may(deployer, { namespace, verb: "get", resource: "secrets" }))) {
    await sleep(50);
  }
}
