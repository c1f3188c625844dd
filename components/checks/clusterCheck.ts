import type { ClusterSettings } from "../cluster/kubeconfig";
import type { LiveRelease } from "../cluster/liveReleases";
import { StackConfig } from "../config/config.generated";
import { runsOnMocks } from "../mocks";
import { refuseHalfDoneReleases } from "./halfDoneReleases";

/**
 * Checks, before anything changes, what Pulumi does not: that the cluster answers, and that no killed run left a release
 * half-done.
 *
 * @returns The Helm releases in the stack's namespace; none on Pulumi mocks, which have no cluster.
 * @throws {Refusal} With what is wrong, and what to do.
 */
export async function checkCluster(config: StackConfig, settings: ClusterSettings): Promise<Map<string, LiveRelease>> {
  if (runsOnMocks()) {
    return new Map();
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ clusterOf }, { liveReleases }] = await Promise.all([
    import("../cluster/kubeconfig"),
    import("../cluster/liveReleases"),
  ]);
  const releases = await liveReleases(clusterOf(settings), config.namespace);
  refuseHalfDoneReleases(releases, config);
  return releases;
}
