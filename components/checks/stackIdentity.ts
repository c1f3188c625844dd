import * as pulumi from "@pulumi/pulumi";
import type { LiveIdentity, StackOwner } from "../cluster/liveIdentity";
import { StackIdentity } from "../config/configFault";
import { Refusal } from "../config/refusal";

/** Recorded instead of the UID of a cluster if the user may not read it. */
export const unknownCluster = "unknown";

/** The cluster that a deployment goes to. */
export interface TargetCluster extends LiveIdentity {
  /** Context and server, such as `the context production (https://10.0.0.1)`. */
  name: string;
}

/** The owner of a namespace, as inputs of a resource. */
export interface OwnerInputs {
  name: string;
  /** Not known in the preview of a stack's first deployment. */
  id: pulumi.Output<string>;
}

/**
 * Records in the state which cluster the stack belongs to, and refuses to deploy to another cluster or into the namespace
 * of another stack.
 *
 * A `Stash` keeps the first value that it ever got. Unlike every Kubernetes resource, it survives a `pulumi up --refresh`
 * that looks at the wrong cluster and finds nothing there.
 *
 * Await it before you register anything else.
 *
 * @returns What the stack's namespace must carry, so that other stacks refuse to deploy into it.
 * @throws {Refusal} With what is wrong, and what to do.
 */
export async function checkIdentity(
  { project, stack }: StackIdentity,
  namespace: string,
  live: TargetCluster,
): Promise<OwnerInputs> {
  const name = `${project}/${stack}`;
  const cluster = new pulumi.Stash("cluster", { input: live.clusterUid ?? unknownCluster });
  // The namespace depends on `stack` by its annotations. So a `pulumi destroy` that fails forgets neither.
  const owner = new pulumi.Stash("stack", { input: name }, { dependsOn: cluster });
  const [recordedUid, clusterUrn, id] = await Promise.all([
    textOf(cluster.output),
    textOf(cluster.urn),
    textOf(owner.id),
  ]);
  refuseOtherCluster(live, { stack, clusterUrn, recordedUid });
  refuseOtherOwner(namespace, live, { name, id });
  return { name, id: owner.id };
}

/** What the state says about a stack's cluster. */
export interface RecordedCluster {
  stack: string;
  /** URN of the resource that records the cluster. */
  clusterUrn?: string;
  /** UID of the cluster; undefined if `--target` left it out. */
  recordedUid?: string;
}

/** @throws {Refusal} If the state records another cluster. */
export function refuseOtherCluster(live: TargetCluster, { stack, clusterUrn, recordedUid }: RecordedCluster): void {
  const record = `--stack ${stack} --replace '${clusterUrn}'`;
  if (live.clusterUid === undefined) {
    void pulumi.log.warn(
      `You may not read the namespace kube-system in the cluster of ${live.name}, so nothing checks that it is this stack's cluster. docs/deployer.yaml has the missing right.`,
    );
  } else if (recordedUid === unknownCluster) {
    void pulumi.log.warn(
      `This stack does not know its cluster yet. If the cluster of ${live.name} is the right one, run: pulumi up ${record}`,
    );
  } else if (recordedUid !== undefined && recordedUid !== live.clusterUid) {
    throw new Refusal(
      [
        `The cluster of ${live.name} is not the one that this stack was deployed to; nothing was changed.`,
        `  The state records a cluster whose namespace kube-system has the UID ${recordedUid}; this one has ${live.clusterUid}.`,
        "  Check KUBECONFIG, kubernetes:kubeconfig and kubernetes:context.",
        `  If you rebuilt the cluster or moved to another one, run: pulumi up --refresh ${record}`,
      ].join("\n"),
    );
  }
}

/** @throws {Refusal} If another stack owns the namespace. */
export function refuseOtherOwner(
  namespace: string,
  { owner, name: cluster }: Pick<TargetCluster, "owner" | "name">,
  stack: Partial<StackOwner>,
): void {
  if (owner === undefined || owner.id === stack.id) {
    return;
  }
  throw new Refusal(
    owner.name === stack.name
      ? [
          `The namespace ${namespace} in the cluster of ${cluster} belongs to another state of the stack ${owner.name}; nothing was changed.`,
          "  If you are logged in to the wrong backend (pulumi whoami --verbose), log in to the right one.",
          "  If the state was lost, restore it as docs/runbook.md says. A new state would replace the databases' passwords.",
          "  If two people deploy stacks of the same name, one of them needs another flask-app:namespace.",
        ].join("\n")
      : `The namespace ${namespace} in the cluster of ${cluster} belongs to the stack ${owner.name}; nothing was changed. Choose another flask-app:namespace: two stacks cannot share one.`,
  );
}

/** The text in an Output; undefined if a preview does not know it. */
async function textOf(output: pulumi.Input<unknown>): Promise<string | undefined> {
  const { value } = await pulumi.runtime.serializeProperties("value", { value: output });
  return value === pulumi.runtime.unknownValue ? undefined : (value as string);
}
