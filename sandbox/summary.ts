import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile, stateFolder } from "../tools/lib/paths";
import { StackOutputs } from "../tools/lib/program";
import { sandboxClient } from "./controlPlane";
import { isDone, isReady } from "./pods";

/**
 * The summary that `npm start` ends with: the releases and how many of their pods are ready, the outputs with secrets
 * masked, and commands to try next.
 *
 * @param helm Path of Helm, for the commands.
 * @param url URL of the app; undefined if no container runs.
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
      [`export KUBECONFIG=${kubeconfigFile}`, "point kubectl and Helm at the sandbox"],
      [`${here(helm)} status ${app} -n ${namespace}`, "show the release, as in the guide"],
      [`kubectl get all -n ${namespace}`, "list what runs"],
      [`kubectl get secret ${app}-env -n ${namespace} -o yaml`, "show the secrets of the app, in base64"],
      [`npm start -- --stack ${other}`, "deploy another stack alongside"],
      [`npm run destroy -- --stack ${stack}`, "remove this stack"],
      ["npm stop", `remove the sandbox (${here(stateFolder)})`],
    ]),
    "",
    ...(url === undefined
      ? ["The API server, the controllers and Helm are real. kwok simulates the node, so no container runs."]
      : [`The app answers at ${url}. Ask it for a prediction:`, "", predictCommand(url)]),
  ].join("\n");
}

/** A command that gets a prediction from the app in example/. */
function predictCommand(url: string): string {
  const flower = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
  return `  curl -s ${url}/predict -H 'Content-Type: application/json' -d '${JSON.stringify({ instances: [flower] })}'`;
}

/**
 * The pods of a namespace, once they are all ready and autoscalers have created their minimum, which Helm does not wait
 * for. After 30 seconds, the pods as they are.
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

/** Lines with two aligned columns. */
function table(rows: (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd());
}
