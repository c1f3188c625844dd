import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "./controlPlane";
import { kubeconfigFile, stateFolder } from "../tools/lib/paths";
import { isDone, isReady } from "./pods";

/** Outputs of a stack; those that are secrets are marked. */
export type StackOutputs = Record<string, { value: unknown; secret: boolean }>;

/**
 * What a user wants to know after a deployment: the releases and how many of their pods are ready, the outputs with
 * their secrets masked, and what to do next.
 *
 * @param helm Where Helm is, for the commands to try.
 * @param url Where the app answers; undefined if no container runs.
 */
export async function describeDeployment(
  stack: string,
  outputs: StackOutputs,
  helm: string,
  url: string | undefined,
): Promise<string> {
  const namespace = String(outputs.namespace.value);
  const releases = Object.values(outputs.releases.value as Record<string, string | undefined>).filter(
    (name) => name !== undefined,
  );
  const pods = await settledPods(namespace);
  const releaseLines = releases.map((release) => {
    const own = pods.filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/instance"] === release);
    return [release, `${own.filter(isReady).length} of ${own.length} pods ready`] as const;
  });
  const outputLines = Object.entries(outputs)
    .filter(([name]) => name !== "releases")
    .flatMap(([name, { value, secret }]) =>
      typeof value === "object" && value !== null
        ? Object.entries(value).map(([key, child]) => [`${name}.${key}`, child] as const)
        : [[name, secret ? "[secret]" : value] as const],
    )
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)] as const);
  const app = releases[0];
  const other = stack === "production" ? "staging" : "production";
  const here = (file: string) =>
    file.startsWith(process.cwd() + path.sep) ? path.relative(process.cwd(), file) : file;

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
    ...(url === undefined
      ? ["The API server, the controllers and Helm are real; kwok stands in for the node, so no container runs."]
      : [`The app answers at ${url}:`, "", predictCommand(url)]),
  ].join("\n");
}

/** A command that asks the app in example/ for a prediction. */
function predictCommand(url: string): string {
  const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
  return `  curl -s ${url}/predict -H 'Content-Type: application/json' -d '${JSON.stringify({ instances: [flower] })}'`;
}

/**
 * Pods of a namespace once autoscalers have made as many as they must at the least, which Helm does not wait for, and
 * all are ready; or as they are after 30 seconds.
 */
async function settledPods(namespace: string): Promise<k8s.V1Pod[]> {
  const config = sandboxClient();
  const core = config.makeApiClient(k8s.CoreV1Api);
  const autoscaling = config.makeApiClient(k8s.AutoscalingV2Api);
  for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
    const { items: autoscalers } = await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace });
    const { items } = await core.listNamespacedPod({ namespace });
    const pods = items.filter((pod) => !isDone(pod));
    const scaled = autoscalers.every(({ spec, status }) => (status?.currentReplicas ?? 0) >= (spec?.minReplicas ?? 1));
    if ((scaled && pods.every(isReady)) || Date.now() > deadline) {
      return pods;
    }
  }
}

/** Lines with two columns, the first as wide as its widest cell. */
function table(rows: (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
}
