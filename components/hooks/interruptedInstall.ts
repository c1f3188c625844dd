import * as pulumi from "@pulumi/pulumi";
import type { ClusterSettings } from "../cluster/kubeconfig";
import type { LiveRelease } from "../cluster/liveReleases";

/** The inputs of a `helm.v3.Release` that the hook reads. */
interface ReleaseInputs {
  name: string;
  namespace: string;
  description: string;
}

/**
 * Error hook that resumes an install that a killed run started. The Kubernetes provider outlives the engine and finishes the
 * install, but the state does not record it, so every later `pulumi up` would fail with Helm's `cannot re-use a name that
 * is still in use`.
 *
 * The hook deletes Helm's record of the release and lets Pulumi retry the install. Helm then adopts the objects, because they
 * carry the release's name, and changes only what differs. A release that somebody else installed is left alone.
 *
 * @param settings The cluster that the release is in.
 */
export function resumeInterruptedInstall(settings: ClusterSettings): pulumi.ErrorHookFunction {
  return async ({ failedOperation, errors, newInputs }) => {
    if (failedOperation !== "create" || !errors[0]?.includes("cannot re-use a name")) {
      return false;
    }
    const { name, namespace, description } = newInputs as unknown as ReleaseInputs;
    // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
    const [{ clusterOf }, { liveReleases, forgetRelease }] = await Promise.all([
      import("../cluster/kubeconfig"),
      import("../cluster/liveReleases"),
    ]);
    const cluster = clusterOf(settings);
    const release = (await liveReleases(cluster, namespace)).get(name);
    if (!release || !isOfThisProgram(release, description)) {
      await pulumi.log.error(foreignRelease(name, namespace));
      return false;
    }
    await pulumi.log.info(`An interrupted run installed the release ${name}; resuming its install.`);
    await forgetRelease(cluster, namespace, release);
    return true;
  };
}

/** Message for a release name that is taken. */
export function foreignRelease(name: string, namespace: string): string {
  return `There is a release ${name} in the namespace ${namespace} that this stack did not install: choose another flask-app:releaseName, or uninstall it: helm uninstall ${name} --namespace ${namespace}`;
}

/** Whether the release's description is one that this program writes, ignoring the chart's digest. */
export function isOfThisProgram({ lastDeployed }: LiveRelease, description: string): boolean {
  const [chart, version] = description.split(" ");
  return lastDeployed?.description?.startsWith(`${chart} ${version}`) ?? false;
}
