import type { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSettings } from "../cluster/kubeconfig";
import type { LiveRelease } from "../cluster/liveReleases";
import { StackConfig } from "../config/config.generated";
import { StackIdentity } from "../config/configFault";
import { runsOnMocks } from "../mocks";
import { refuseHalfDoneReleases } from "./halfDoneReleases";
import { checkIdentity } from "./stackIdentity";

/** The cluster that a stack deploys to, as it is before the deployment. */
export interface LiveCluster {
  client: KubeConfig;
  /** The Helm releases in the stack's namespace, by name. */
  releases: Map<string, LiveRelease>;
  /** Annotations that name the stack as the owner of its namespace. */
  ownerAnnotations: Record<string, pulumi.Input<string>>;
}

/**
 * Checks, before anything changes, what Pulumi does not: that the cluster answers and is the stack's own, that no other
 * stack owns the namespace, and that no killed run left a release half-done.
 *
 * @returns Undefined on Pulumi mocks, which have no cluster.
 * @throws {Refusal} With what is wrong, and what to do.
 */
export async function checkCluster(
  identity: StackIdentity,
  config: StackConfig,
  settings: ClusterSettings,
): Promise<LiveCluster | undefined> {
  if (runsOnMocks()) {
    return undefined;
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ describe }, { clusterOf }, { liveIdentity, ownerAnnotations }, { liveReleases }] = await Promise.all([
    import("../cluster/cluster"),
    import("../cluster/kubeconfig"),
    import("../cluster/liveIdentity"),
    import("../cluster/liveReleases"),
  ]);
  const client = clusterOf(settings);
  const [live, releases] = await Promise.all([
    liveIdentity(client, config.namespace),
    liveReleases(client, config.namespace),
  ]);
  const owner = await checkIdentity(identity, config.namespace, { ...live, name: describe(client) });
  refuseHalfDoneReleases(releases, config);
  return { client, releases, ownerAnnotations: ownerAnnotations(owner) };
}
