import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "./controlPlane";

/** Whether a pod may get requests. */
export function isReady({ status }: k8s.V1Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/**
 * Why pods of a Helm release are not ready, as the scheduler or the node says it.
 *
 * @returns A line a pod, such as `flask-prod-…: 0/1 nodes are available: 1 Insufficient memory`; none for ready pods.
 */
export async function whyNotReady(namespace: string, release: string): Promise<string[]> {
  const { items } = await sandboxClient()
    .makeApiClient(k8s.CoreV1Api)
    .listNamespacedPod({ namespace, labelSelector: `app.kubernetes.io/instance=${release}` });
  return items.filter((pod) => !isReady(pod)).map((pod) => `${pod.metadata?.name}: ${reason(pod)}`);
}

function reason({ status }: k8s.V1Pod): string {
  const unscheduled = status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting;
  return unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? status?.phase ?? "unknown";
}
