import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile, projectFolder } from "../../tools/lib/paths";
import { api } from "./project";

const accounts = "flask-app-deployers";

/** The stacks of docs/deployer.yaml. */
export const deployedStacks = [
  { stack: "dev", namespace: "development", release: "flask-dev" },
  { stack: "staging", namespace: "staging", release: "flask-staging" },
  { stack: "production", namespace: "production", release: "flask-prod" },
];

/** Applies docs/deployer.yaml, as a cluster administrator does, with the hosts that the sandbox's stacks serve. */
export async function applyDeployerManifest(): Promise<void> {
  const text = fs.readFileSync(path.join(projectFolder, "docs/deployer.yaml"), "utf8");
  const strategy = k8s.PatchStrategy.ServerSideApply;
  const adapted = text.replaceAll("example.com", "sandbox.test");
  // In order: a namespace comes before the objects in it.
  for (const object of k8s.loadAllYaml(adapted) as k8s.KubernetesObject[]) {
    await api(k8s.KubernetesObjectApi).patch(object, undefined, undefined, "administrator", true, strategy);
  }
}

/**
 * Removes the policy and the namespaces of that manifest, and waits until they are gone, so that the next stack can
 * create its own.
 */
export async function removeDeployers(): Promise<void> {
  const policies = api(k8s.AdmissionregistrationV1Api);
  const namespaces = [accounts, ...deployedStacks.map(({ namespace }) => namespace)];
  const core = api(k8s.CoreV1Api);
  const remaining = async () => {
    const { items } = await core.listNamespace();
    return items.map(({ metadata }) => metadata!.name!).filter((name) => namespaces.includes(name));
  };
  await policies.deleteValidatingAdmissionPolicyBinding({ name: "flask-app-stacks" });
  await policies.deleteValidatingAdmissionPolicy({ name: "flask-app-stacks" });
  await Promise.all((await remaining()).map((name) => core.deleteNamespace({ name })));
  while ((await remaining()).length > 0) {
    await sleep(100);
  }
}

/**
 * Runs a function while the kubeconfig of the tests' sandbox holds only the token of a ServiceAccount of
 * docs/deployer.yaml. So everything that uses the sandbox has only the rights of that account.
 *
 * @param name Name of the account. A stack's deployer has the name of its namespace; the viewer's ends with `-viewer`.
 */
export async function asDeployer<T>(name: string, act: (deployer: k8s.KubeConfig) => Promise<T>): Promise<T> {
  const administrator = fs.readFileSync(kubeconfigFile, "utf8");
  const { status } = await api(k8s.CoreV1Api).createNamespacedServiceAccountToken({
    namespace: accounts,
    name,
    body: { spec: { audiences: [] } },
  });
  const deployer = new k8s.KubeConfig();
  deployer.loadFromString(administrator);
  deployer.users = [{ name: "sandbox", token: status!.token }];
  fs.writeFileSync(kubeconfigFile, deployer.exportConfig());
  try {
    // The authorizer sees a new binding with a delay.
    const namespace = name.replace(/-viewer$/, "");
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
