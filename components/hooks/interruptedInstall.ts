import * as pulumi from "@pulumi/pulumi";
import type { LiveRelease } from "../cluster/liveReleases";
import { runsOnMocks } from "../mocks";

/** What a failed `helm.v3.Release` was to become. */
interface ReleaseInputs {
  name: string;
  namespace: string;
  description: string;
}

/**
 * Hooks for a Release, by which an install goes on that a killed run began: the Kubernetes provider outlives the engine
 * and installs the release, but the state does not know of it, so that each later `pulumi up` would fail with Helm's
 * `cannot re-use a name that is still in use`.
 *
 * Helm's record of such a release is deleted, and the install tried again: Helm then takes on the objects that are there,
 * since they bear the release's name, and changes none that is as it should be. A release that somebody else installed is
 * left alone.
 *
 * @returns Undefined on Pulumi mocks, which have no hooks.
 */
export function interruptedInstallHooks(releaseName: string): pulumi.ResourceHookBinding | undefined {
  return runsOnMocks() ? undefined : { onError: [new pulumi.ErrorHook(`take on ${releaseName}`, takeOn)] };
}

async function takeOn({ failedOperation, errors, newInputs }: pulumi.ErrorHookArgs): Promise<boolean> {
  if (failedOperation !== "create" || !errors[0]?.includes("cannot re-use a name")) {
    return false;
  }
  const { name, namespace, description } = newInputs as unknown as ReleaseInputs;
  const [{ stackCluster }, { liveReleases, forgetRelease }] = await Promise.all([
    import("../cluster/cluster"),
    import("../cluster/liveReleases"),
  ]);
  const cluster = stackCluster();
  const release = (await liveReleases(cluster, namespace)).get(name);
  if (!release || !isOfThisProgram(release, description)) {
    await pulumi.log.error(foreignRelease(name, namespace));
    return false;
  }
  await pulumi.log.info(`The release ${name} was installed by a run that was cut off; taking it on.`);
  await forgetRelease(cluster, namespace, release);
  return true;
}

/** What is told when the name of a release is taken. */
export function foreignRelease(name: string, namespace: string): string {
  return `There is a release ${name} in the namespace ${namespace} that this stack did not install: choose another flask-app:releaseName, or uninstall it: helm uninstall ${name} --namespace ${namespace}`;
}

/** Whether a release was described as this program describes its own, of which only the chart's digest may differ. */
function isOfThisProgram({ lastDeployed }: LiveRelease, description: string): boolean {
  const [chart, version] = description.split(" ");
  return lastDeployed?.description?.startsWith(`${chart} ${version}`) ?? false;
}
