import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "./controlPlane";

/** Whether a pod is ready. */
export function isReady({ status }: k8s.V1Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** Whether a pod has completed, as the pod of a Job does. */
export function isDone({ status }: k8s.V1Pod): boolean {
  return status?.phase === "Succeeded";
}

/**
 * Why the pods of a Helm release are not ready, in the words of the scheduler or the kubelet, and why pods are missing, in
 * those of the Deployment.
 *
 * @returns Lines such as `flask-prod-…: 0/1 nodes are available: 1 Insufficient memory`; empty if every pod is ready.
 */
export async function whyNotReady(namespace: string, release: string): Promise<string[]> {
  const ofRelease = { namespace, labelSelector: `app.kubernetes.io/instance=${release}` };
  const client = sandboxClient();
  const [pods, deployments] = await Promise.all([
    client.makeApiClient(k8s.CoreV1Api).listNamespacedPod(ofRelease),
    client.makeApiClient(k8s.AppsV1Api).listNamespacedDeployment(ofRelease),
  ]);
  return [
    ...pods.items.filter((pod) => !isReady(pod)).map((pod) => `${pod.metadata?.name}: ${reason(pod)}`),
    ...deployments.items.flatMap(({ metadata, status }) =>
      (status?.conditions ?? [])
        .filter(({ type }) => type === "ReplicaFailure")
        .map(({ message }) => `${metadata?.name}: ${message}`),
    ),
  ];
}

function reason({ status }: k8s.V1Pod): string {
  const unscheduled = status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting;
  const phase = status?.phase === "Running" ? "running, but not ready yet" : status?.phase;
  return unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? phase ?? "unknown";
}
