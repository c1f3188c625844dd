import { isDeepStrictEqual } from "util";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RenderedRelease } from "../checks/chartRendering";
import { Manifest } from "../checks/manifestFaults";
import type { PlannedRelease } from "../checks/plannedStack";
import { excerpt, PrintedLines } from "./excerpt";

/**
 * Logs, in a preview, what `pulumi up` changes in the manifests of each release, compared with those that Helm deployed
 * last. The preview of a `helm.v3.Release` shows values only (pulumi-kubernetes #1701). A release that stays as it is logs
 * nothing. Releases with a provider of their own are left out, because they may be in another cluster.
 *
 * @param stack Name of the stack, for the command that prints what is left out here.
 */
export async function logChanges(rendered: RenderedRelease[], stack: string): Promise<void> {
  const ofThisCluster = rendered.filter(({ release }) => release.provider === undefined);
  const releases = await Promise.all(
    ofThisCluster.map(async ({ release, manifests, deployed }) => ({
      ...{ release, manifests, deployed },
      isChanged: await willChange(release),
    })),
  );
  const printed = { count: 0 };
  for (const { release, ...change } of releases) {
    const text = await changeText(change, stack, printed);
    if (text !== undefined) {
      // With --diff, Pulumi does not print which resource a message belongs to.
      await pulumi.log.info(`${release.name}: ${text}`, release.resource);
    }
  }
}

/** A release as a preview knows it. */
export interface ReleaseChange {
  /** What it will be. */
  manifests: Manifest[];
  /** What Helm deployed last; undefined if it never did. */
  deployed: Manifest[] | undefined;
  /** Whether Pulumi will create or upgrade it. */
  isChanged: boolean;
}

/**
 * Describes the change of a release: a line with its impact, then a patch for each object, shortened.
 *
 * @param printed How many lines of patches the preview has printed so far; updated.
 * @returns undefined if nothing changes.
 */
export async function changeText(
  { manifests, deployed, isChanged }: ReleaseChange,
  stack: string,
  printed: PrintedLines,
): Promise<string | undefined> {
  if (!deployed) {
    return `${manifests.length} objects will be created.`;
  }
  // Only a difference is worth loading what describes it.
  const changes = isDeepStrictEqual(deployed, manifests)
    ? []
    : (await import("./objectChanges")).compare(deployed, manifests, "deployed", "planned");
  if (changes.length === 0) {
    return isChanged ? "No manifest changes: Helm adds a revision, and no pod restarts." : undefined;
  }
  const { summarize } = await import("./summary");
  const unseen = isChanged
    ? []
    : ["The deployed release differs from this, but `pulumi up` would not notice: run `pulumi up --refresh`."];
  return [...unseen, summarize(changes), ...excerpt(changes, stack, printed)].join("\n");
}

/** Whether Pulumi will create or upgrade a release: only then does its preview not know the new status. */
async function willChange({ resource }: PlannedRelease): Promise<boolean> {
  const { status } = resource as k8s.helm.v3.Release;
  const known = (await pulumi.runtime.serializeProperties("status", { status })) as { status: unknown };
  return known.status === pulumi.runtime.unknownValue;
}
