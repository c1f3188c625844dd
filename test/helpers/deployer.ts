import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile, projectFolder } from "../../tools/lib/paths";
import { api } from "./project";

const accounts = "flask-app-deployers";

/** Applies docs/deployer.yaml, as a cluster administrator does. */
export async function applyDeployerManifest(): Promise<void> {
  const text = fs.readFileSync(path.join(projectFolder, "docs/deployer.yaml"), "utf8");
  const strategy = k8s.PatchStrategy.ServerSideApply;
  // In order: a namespace comes before the objects in it.
  for (const object of k8s.loadAllYaml(text) as k8s.KubernetesObject[]) {
    await api(k8s.KubernetesObjectApi).patch(object, undefined, undefined, "administrator", true, strategy);
  }
}

/** Removes the namespaces of that manifest, and waits until they are gone, so that the next stack can create its own. */
export async function removeDeployers(namespaces: string[]): Promise<void> {
  const core = api(k8s.CoreV1Api);
  const remaining = async () => {
    const { items } = await core.listNamespace();
    return items.map(({ metadata }) => metadata!.name!).filter((name) => [...namespaces, accounts].includes(name));
  };
  await Promise.all((await remaining()).map((name) => core.deleteNamespace({ name })));
  while ((await remaining()).length > 0) {
    await sleep(100);
  }
}

/**
 * Runs a function while the kubeconfig of the tests' sandbox holds only the token of a stack's deployer. So everything
 * that deploys to the sandbox has only the deployer's rights.
 *
 * @param namespace Namespace of the stack. The deployer has the same name.
 */
export async function asDeployer<T>(namespace: string, act: (deployer: k8s.KubeConfig) => Promise<T>): Promise<T> {
  const administrator = fs.readFileSync(kubeconfigFile, "utf8");
  const { status } = await api(k8s.CoreV1Api).createNamespacedServiceAccountToken({
    namespace: accounts,
    name: namespace,
    body: { spec: { audiences: [] } },
  });
  const deployer = new k8s.KubeConfig();
  deployer.loadFromString(administrator);
  deployer.users = [{ name: "sandbox", token: status!.token }];
  fs.writeFileSync(kubeconfigFile, deployer.exportConfig());
  try {
    // The authorizer sees a new binding with a delay.
    while (!(await may(deployer, { namespace, verb: "get", resource: "secrets" }))) {
      await sleep(50);
    }
    return await act(deployer);
  } finally {
    fs.writeFileSync(kubeconfigFile, administrator);
  }
}

/** Whether the API server's authorizer allows something to the user of a kubeconfig. */
export async function may(user: k8s.KubeConfig, resourceAttributes: k8s.V1ResourceAttributes): Promise<boolean> {
  const body = { spec: { resourceAttributes } };
  const { status } = await user.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({ body });
  return status!.allowed;
}
