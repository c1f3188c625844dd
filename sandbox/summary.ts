import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "./controlPlane";
import { kubeconfigFile, stateFolder } from "./paths";

/** Outputs of a stack; those that are secrets are marked. */
export type StackOutputs = Record<string, { value: unknown; secret: boolean }>;

/**
 * What a user wants to know after a deployment: the releases and how many of their pods are ready, the outputs with
 * their secrets masked, and what to do next.
 *
 * @param helm Where Helm is, for the commands to try.
 */
export async function describeDeployment(stack: string, outputs: StackOutputs, helm: string): Promise<string> {
  const namespace = String(outputs.namespace.value);
  const releases = Object.values(outputs.releases.value as Record<string, string | undefined>).filter(
    (name) => name !== undefined,
  );
  const { items } = await sandboxClient().makeApiClient(k8s.CoreV1Api).listNamespacedPod({ namespace });
  const releaseLines = releases.map((release) => {
    const pods = items.filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/instance"] === release);
    const ready = pods.filter(({ status }) =>
      status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True"),
    );
    return [release, `${ready.length} of ${pods.length} pods ready`] as const;
  });
  const outputLines = Object.entries(outputs)
    .filter(([name, { value }]) => name !== "releases" && value !== undefined)
    .map(([name, { value, secret }]) => [name, secret ? "[secret]" : String(value)] as const);
  const app = releases[0];
  const other = stack === "production" ? "staging" : "production";
  const here = (file: string) => (file.startsWith(process.cwd() + path.sep) ? path.relative(process.cwd(), file) : file);

  return [
    `Releases in namespace ${namespace}`,
    ...table(releaseLines),
    "",
    "Outputs",
    ...table(outputLines),
    "",
    "Try next",
    ...table([
      [`export KUBECONFIG=${kubeconfigFile}`, "then kubectl and Helm talk to the sandbox"],
      [`${here(helm)} status ${app} -n ${namespace}`, "as in the guide"],
      [`kubectl get all -n ${namespace}`, ""],
      [`kubectl get secret ${app}-env -n ${namespace} -o yaml`, "the masked values, base64"],
      [`npm start -- --stack ${other}`, "another stack beside this one"],
      [`npm run destroy -- --stack ${stack}`, "take this one away"],
      ["npm stop", `take the sandbox away (${here(stateFolder)})`],
    ]),
    "",
    "The API server, the controllers and Helm are real; kwok stands in for the node, so no container runs.",
  ].join("\n");
}

/** Lines with two columns, the first as wide as its widest cell. */
function table(rows: (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
}
