import * as pulumi from "@pulumi/pulumi";
import type { LiveRelease } from "../cluster/liveReleases";
import { foreignRelease, isOfThisProgram } from "../hooks/interruptedInstall";
import type { PlannedRelease } from "./plannedStack";

/** A release that the program registered, and what the state says about it. */
export interface StateRelease extends Pick<PlannedRelease, "name" | "namespace" | "description"> {
  isInState: boolean;
  /** URN of the component that deploys it. */
  parentUrn?: string;
}

/**
 * Looks up releases in the state, in a preview. There, a resource has an id only if the state has it.
 *
 * Leaves out those with a provider of their own, because they may be in another cluster.
 */
export function stateReleases(planned: PlannedRelease[]): Promise<StateRelease[]> {
  const ofThisCluster = planned.filter(({ provider }) => provider === undefined);
  return Promise.all(
    ofThisCluster.map(async ({ name, namespace, description, resource, parent }) => {
      const { id, parentUrn } = (await pulumi.runtime.serializeProperties("release", {
        id: (resource as pulumi.CustomResource).id,
        parentUrn: parent?.urn,
      })) as { id: string; parentUrn?: string };
      return { name, namespace, description, isInState: id !== pulumi.runtime.unknownValue, parentUrn };
    }),
  );
}

/**
 * Finds where the state and the cluster disagree about a release. Helm would only say so in the middle of `pulumi up`, and
 * only if the release changes.
 *
 * @param live The releases in the cluster, by name.
 * @returns One problem for each such release, with what to do.
 */
export function releaseProblems(stack: string, releases: StateRelease[], live: Map<string, LiveRelease>): string[] {
  return releases.flatMap((release) => {
    const { name, namespace, isInState, description, parentUrn } = release;
    const found = live.get(name);
    if (isInState && (!found || found.status === "uninstalled")) {
      // What `helm uninstall --keep-history` left would look like a release to Pulumi's refresh.
      const forget = found ? `helm uninstall ${name} --namespace ${namespace} && ` : "";
      return [
        `The release ${name} is in this stack's state, but no longer in the namespace ${namespace}: it was uninstalled or renamed by hand. To install it again, run: ${forget}pulumi up --refresh --stack ${stack}`,
      ];
    }
    if (!isInState && found && !isOfThisProgram(found, description)) {
      const parent = parentUrn ? ` --parent '${parentUrn.split("::").at(-1)}=${parentUrn}'` : "";
      return [
        `${foreignRelease(name, namespace)}. To adopt it, run: pulumi import kubernetes:helm.sh/v3:Release ${name} ${namespace}/${name}${parent} --protect=false --stack ${stack}`,
      ];
    }
    return [];
  });
}
