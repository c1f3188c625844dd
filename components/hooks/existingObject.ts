import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@kubernetes/client-node";
import type { ClusterSettings } from "../cluster/kubeconfig";

/** The inputs of a Kubernetes object that the hook reads. */
interface ObjectInputs {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/**
 * Error hook for an object that the program creates itself. If the object exists already and belongs to somebody else,
 * the hook says to whom. If nobody else owns it, the hook says how to adopt it: an interrupted run may have created it
 * before the state recorded it. The program does not decide that by itself, because the object may be a Secret with the
 * passwords of a lost state.
 *
 * @param stack Name of the stack, for the command that the message shows.
 * @param settings The cluster that the object is in.
 */
export function explainExistingObject(stack: string, settings: ClusterSettings): pulumi.ErrorHookFunction {
  return async ({ failedOperation, errors, newInputs }) => {
    if (failedOperation === "create" && errors[0]?.includes("already exists")) {
      const object = newInputs as unknown as ObjectInputs;
      await pulumi.log.error(explanation(stack, object, await readMetadata(settings, object)));
    }
    return false;
  };
}

async function readMetadata(settings: ClusterSettings, object: ObjectInputs): Promise<k8s.V1ObjectMeta | undefined> {
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ KubernetesObjectApi }, { clusterOf }, { request }] = await Promise.all([
    import("@kubernetes/client-node"),
    import("../cluster/kubeconfig"),
    import("../cluster/cluster"),
  ]);
  const { apiVersion, kind, metadata } = object;
  const live = await request(clusterOf(settings), (cluster) =>
    cluster.makeApiClient(KubernetesObjectApi).read({ apiVersion, kind, metadata }),
  );
  return live.metadata;
}

/**
 * What to do about an object that exists but is not in the state.
 *
 * @param live Metadata of the object in the cluster.
 */
export function explanation(
  stack: string,
  { kind, metadata }: Pick<ObjectInputs, "kind" | "metadata">,
  live: k8s.V1ObjectMeta | undefined,
): string {
  const exists = `A ${kind} ${metadata.name} exists that is not in this stack's state.`;
  const release = live?.annotations?.["meta.helm.sh/release-name"];
  const [controller] = live?.ownerReferences ?? [];
  if (release !== undefined || controller) {
    const owner = release !== undefined ? `the Helm release ${release}` : `${controller.kind} ${controller.name}`;
    return `${exists} It belongs to ${owner}: choose another flask-app:releaseName or flask-app:namespace.`;
  }
  const adopt = `PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up --stack ${stack}`;
  const consequence =
    kind === "Namespace" ? " `pulumi destroy` will then delete the namespace with everything in it." : "";
  return `${exists} If an interrupted run of this stack created it, or if the stack should adopt it, run: ${adopt}${consequence}`;
}
