import * as k8s from "@kubernetes/client-node";
import { request } from "./cluster";

/** The stack that owns a namespace. */
export interface StackOwner {
  /** Project and stack, such as `flask-app/production`. */
  name: string;
  /** Random id of the stack's state. Two stacks of one name, in two states, differ in it. */
  id: string;
}

/** What a cluster says about itself, and about who deployed to it. */
export interface LiveIdentity {
  /** UID of the namespace `kube-system`: every cluster has another one. Undefined if the user may not read it. */
  clusterUid?: string;
  /** The stack that owns the namespace; undefined if nobody does, or if there is no such namespace. */
  owner?: StackOwner;
}

/** Annotations by which a namespace names the stack that owns it. */
const annotationOf = { name: "stack.flask-app/name", id: "stack.flask-app/id" } as const;

/**
 * Asks a cluster for its identity and for the owner of a namespace.
 *
 * @throws {Refusal} If the cluster does not answer, or rejects the request.
 */
export async function liveIdentity(cluster: k8s.KubeConfig, namespace: string): Promise<LiveIdentity> {
  const [kubeSystem, ownNamespace] = await Promise.all([
    readNamespace(cluster, "kube-system", [403]),
    readNamespace(cluster, namespace, [404]),
  ]);
  return { clusterUid: kubeSystem?.uid, owner: ownerOf(ownNamespace) };
}

/** The stack that an object's annotations name as its owner. */
export function ownerOf(metadata: k8s.V1ObjectMeta | undefined): StackOwner | undefined {
  const { [annotationOf.name]: name, [annotationOf.id]: id } = metadata?.annotations ?? {};
  return name !== undefined && id !== undefined ? { name, id } : undefined;
}

/** Annotations that name the owner of an object. */
export function ownerAnnotations<Id>({ name, id }: { name: string; id: Id }): Record<string, string | Id> {
  return { [annotationOf.name]: name, [annotationOf.id]: id };
}

/** @param absent HTTP codes that stand for "there is nothing to read". */
function readNamespace(cluster: k8s.KubeConfig, name: string, absent: number[]): Promise<k8s.V1ObjectMeta | undefined> {
  return request(cluster, async () => {
    try {
      return (await cluster.makeApiClient(k8s.CoreV1Api).readNamespace({ name })).metadata;
    } catch (error) {
      if (error instanceof k8s.ApiException && absent.includes(error.code)) {
        return undefined;
      }
      throw error;
    }
  });
}
