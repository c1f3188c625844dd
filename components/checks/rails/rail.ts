import { StackConfig } from "../../config/config.generated";
import type { SecretUrls } from "../externalSecrets";
import { Manifest } from "../manifestFaults";
import { Pod } from "./pods";

/** What breaks a guard rail. */
export interface RailFault {
  /** Path in the config, such as `protect`; or an object and a field, such as `Ingress shop: spec.tls`. */
  path: string;
  /** What was found, what is accepted, and why. */
  problem: string;
  /** The key below `flask-app:app` or a database that sets the value in the component's own objects. */
  key?: string;
}

/** A stack's manifests as the guard rails see them. */
export interface RenderedStack {
  config: StackConfig;
  manifests: Manifest[];
  /** Every pod, and every template of pods, in the manifests. */
  pods: Pod[];
}

/** A rule for a stack that is guarded. A valid config can still break it. */
export interface Rail {
  /** Lower-case words, joined by hyphens. */
  name: string;
  /** What the rail guarantees. */
  description: string;
  /** Finds what breaks the rail and shows only in the config, or in a URL that the config takes from a Secret. */
  inConfig?: (config: StackConfig, urls: SecretUrls) => RailFault[];
  /** Finds what breaks the rail in the manifests, wherever they come from. */
  inManifests?: (stack: RenderedStack) => RailFault[];
}

/** What a fault found: nothing of the kind. */
export class No {
  /** @param what Such as `certificate for api.example.com`. */
  constructor(readonly what: string) {}
}

/**
 * Judges one value.
 *
 * @param found The value; undefined if it is missing.
 * @param accepted What is accepted, a colon, and the reason.
 * @param key See {@link RailFault}.
 * @returns The fault, unless the value is fine.
 */
export function check(isFine: boolean, path: string, found: unknown, accepted: string, key?: string): RailFault[] {
  if (isFine) {
    return [];
  }
  const value = found instanceof No ? `no ${found.what}` : JSON.stringify(found);
  return [{ path, problem: `${found === undefined ? "is missing" : `found ${value}`}, accepted: ${accepted}`, key }];
}

/** How messages call an object, such as `Deployment shop`. */
export function nameOf({ kind, metadata }: Pick<Manifest, "kind"> & Partial<Manifest>): string {
  return `${kind} ${metadata?.name ?? "without a name"}`;
}

/** The manifests of a kind. The schemas of Kubernetes have been checked, so the type holds. */
export function ofKind<T>({ manifests }: RenderedStack, kind: string): (Manifest & T)[] {
  return manifests.filter((manifest) => manifest.kind === kind) as (Manifest & T)[];
}
