import { isObject, Values } from "../config/chartValues";
import { Manifest } from "./manifestFaults";

/**
 * What Helm changes in an object, as a JSON merge patch (RFC 7386): sets everything in the manifest, and removes what only
 * the manifest that Helm deployed last has. What others have set stays.
 *
 * Helm merges some lists item by item. Here, each list replaces the one in the cluster, and the API server fills in its
 * defaults again.
 *
 * @param deployed The manifest that Helm deployed last; undefined if there is none.
 * @param live The object in the cluster.
 */
export function mergePatch(manifest: Manifest, deployed: Manifest | undefined, live: Manifest): object {
  const patch = withRemovals(deployed, manifest) as Values;
  const { strategy } = (manifest.spec ?? {}) as Values;
  if (manifest.kind === "Deployment" && strategy) {
    // Helm replaces this field. Defaults for another type of strategy would be refused.
    const replaced = withRemovals((live.spec as Values).strategy, strategy);
    return { ...patch, spec: { ...(patch.spec as Values), strategy: replaced } };
  }
  return patch;
}

/** A value with null for each field that it no longer has. */
function withRemovals(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) {
    return after;
  }
  const removed = Object.keys(before).filter((key) => !(key in after));
  return Object.fromEntries([
    ...removed.map((key) => [key, null]),
    ...Object.entries(after).map(([key, value]) => [key, withRemovals(before[key], value)]),
  ]) as unknown;
}
