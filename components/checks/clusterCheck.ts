import type { ClusterSettings } from "../cluster/kubeconfig";
import { StackConfig } from "../config/config.generated";
import { InvalidConfigError, StackIdentity } from "../config/configFault";
import { runsOnMocks } from "../mocks";
import { dataFaults } from "./databaseData";
import { refuseHalfDoneReleases } from "./halfDoneReleases";

/**
 * Checks, before anything changes, what Pulumi does not: that the cluster answers, that no killed run left a release
 * half-done, and that the databases keep their data.
 *
 * Does nothing on Pulumi mocks, which have no cluster.
 *
 * @throws {Refusal} With what is wrong, and what to do.
 */
export async function checkCluster(
  identity: StackIdentity,
  config: StackConfig,
  settings: ClusterSettings,
): Promise<void> {
  if (runsOnMocks()) {
    return;
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ clusterOf }, { liveReleases }] = await Promise.all([
    import("../cluster/kubeconfig"),
    import("../cluster/liveReleases"),
  ]);
  const releases = await liveReleases(clusterOf(settings), config.namespace);
  refuseHalfDoneReleases(releases, config);
  const faults = dataFaults(releases, config);
  if (faults.length > 0) {
    throw new InvalidConfigError(identity, faults);
  }
}
