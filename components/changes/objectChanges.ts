import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import * as yaml from "js-yaml";
import { Manifest } from "../checks/manifestFaults";
import { Impact, impactsOf } from "./impact";
import { maskSecret } from "./maskSecret";

/** An object that differs between two sets of manifests. */
export interface ObjectChange {
  /** Such as `Deployment production/flask-prod`. */
  object: string;
  change: "added" | "removed" | "changed";
  /** What the change does to the cluster; undefined if the two versions belong to different stacks. */
  impacts?: Impact[];
  /** Unified diff of the two manifests, with the content of Secrets masked. */
  patch: string;
}

/**
 * Compares two sets of manifests, object by object.
 *
 * @param beforeName Name of the first set in the patches.
 * @param afterName Name of the second set.
 */
export function compare(before: Manifest[], after: Manifest[], beforeName: string, afterName: string): ObjectChange[] {
  const first = byName(before);
  const second = byName(after);
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((object) => {
    const change = compareObject(object, first.get(object), second.get(object), beforeName, afterName);
    return change ? [change] : [];
  });
}

/** Compares two versions of one object; undefined if they are the same. */
export function compareObject(
  object: string,
  before: Manifest | undefined,
  after: Manifest | undefined,
  beforeName: string,
  afterName: string,
): ObjectChange | undefined {
  const patch = structuredPatch(
    `${beforeName}: ${object}`,
    `${afterName}: ${object}`,
    before ? text(maskSecret(before, after, "before")) : "",
    after ? text(maskSecret(after, before, "after")) : "",
  );
  if (patch.hunks.length === 0) {
    return undefined;
  }
  const change = !before ? "added" : !after ? "removed" : "changed";
  return { object, change, impacts: impactsOf(before, after), patch: formatPatch(patch, FILE_HEADERS_ONLY) };
}

/** An object's name in reports. */
export function objectName({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;
}

function byName(manifests: Manifest[]): Map<string, Manifest> {
  return new Map(manifests.map((manifest) => [objectName(manifest), manifest]));
}

function text(manifest: Manifest): string {
  return yaml.dump(manifest, { sortKeys: true, quotingType: '"', lineWidth: -1, noRefs: true, skipInvalid: true });
}
