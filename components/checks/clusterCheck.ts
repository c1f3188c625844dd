import type { KubeConfig } from "@kubernetes/client-node";
import type { ClusterSettings } from "../cluster/kubeconfig";
import type { LiveRelease } from "../cluster/liveReleases";
import { StackConfig } from "../config/config.generated";
import { runsOnMocks } from "../mocks";
import { refuseHalfDoneReleases } from "./halfDoneReleases";

/** The cluster that a stack deploys to, as it is before the deployment. */
export interface LiveCluster {
  client: KubeConfig;
  /** The Helm releases in the stack's namespace, by name. */
  releases: Map<string, LiveRelease>;
}

/**
 * Checks, before anything changes, what Pulumi does not: that the cluster answers, and that no killed run left a release
 * half-done.
 *
 * @returns Undefined on Pulumi mocks, which have no cluster.
 * @throws {Refusal} With what is wrong, and what to do.
 */
export async function checkCluster(config: StackConfig, settings: ClusterSettings): Promise<LiveCluster | undefined> {
  if (runsOnMocks()) {
    return undefined;
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ clusterOf }, { liveReleases }] = await Promise.all([
    import("../cluster/kubeconfig"),
    import("../cluster/liveReleases"),
  ]);
  const client = clusterOf(settings);
  const releases = await liveReleases(client, config.namespace);
  refuseHalfDoneReleases(releases, config);
  return { client, releases };
}
