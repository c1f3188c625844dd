import { StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";
import type { SecretUrls } from "./externalSecrets";
import { Manifest } from "./manifestFaults";
import { noApiToken, ownNamespace, readOnlyRoot } from "./rails/access";
import { probed, rollingUpdates, survivesANode } from "./rails/availability";
import { dataKept, dataUnchanged, externalDatabases } from "./rails/configRails";
import {
  fixedImages,
  httpsOnly,
  maintainedImages,
  noDebug,
  productionEnvironment,
  resourcesSet,
} from "./rails/containers";
import { ingressTls, networkPolicy } from "./rails/network";
import { advice, unjudged } from "./rails/ownObjects";
import { podSecurity } from "./rails/podSecurity";
import { podsIn } from "./rails/pods";
import { Rail, RailFault } from "./rails/rail";
import { noPlainSecrets } from "./rails/secrets";
import { waiverFaults, waiverOf } from "./rails/waivers";

/** The guard rails, in the order of docs/guard-rails.md. */
export const guardRails: Rail[] = [
  productionEnvironment,
  noDebug,
  fixedImages,
  maintainedImages,
  resourcesSet,
  httpsOnly,
  podSecurity,
  readOnlyRoot,
  noApiToken,
  noPlainSecrets,
  ownNamespace,
  networkPolicy,
  ingressTls,
  survivesANode,
  rollingUpdates,
  probed,
  dataKept,
  dataUnchanged,
  externalDatabases,
];

/**
 * Finds everything in a stack's config that breaks a guard rail, and faults in its tier and its waivers. A stack is
 * guarded unless its tier says that it is not production.
 *
 * @param stack Name of the stack.
 * @param today Decides whether a waiver still holds.
 * @param urls URLs of external servers that are in Secrets, as far as they are known.
 */
export function configRailFaults(
  stack: string,
  config: StackConfig,
  today = new Date(),
  urls: SecretUrls = {},
): ConfigFault[] {
  const names = guardRails.map(({ name }) => name);
  return [
    ...tierFaults(stack, config),
    ...waiverFaults(config, names),
    ...brokenRails(config, today, ({ inConfig }) => inConfig?.(config, urls) ?? []),
  ];
}

/**
 * Finds everything in a stack's manifests that breaks a guard rail.
 *
 * @param manifests All of the stack's: those of its releases, hooks included, and the program's own. Secrets may come
 *   without their content.
 * @param today Decides whether a waiver still holds.
 * @returns The faults. A path is an object and a field, such as `Deployment shop: spec.replicas`.
 */
export function manifestRailFaults(manifests: Manifest[], config: StackConfig, today = new Date()): RailFault[] {
  const all = withoutNulls(manifests).flatMap(itemsOf);
  const stack = { config, manifests: all, pods: all.flatMap(podsIn) };
  const exceptions = unjudged(config);
  return brokenRails(config, today, ({ name, inManifests }) =>
    (inManifests?.(stack) ?? []).filter(({ path }) => !exceptions[name]?.includes(path.split(":")[0])),
  );
}

function brokenRails(config: StackConfig, today: Date, find: (rail: Rail) => RailFault[]): RailFault[] {
  if (config.tier) {
    return [];
  }
  const faults = guardRails.flatMap((rail) => {
    const waiver = waiverOf(config, rail.name, today);
    const ended = waiver ? `; its waiver ended on ${waiver.until}` : "";
    return waiver?.holds
      ? []
      : judge(rail, find).map((fault) => ({
          path: fault.path,
          problem: `${fault.problem}${advice(fault, config)} (guard rail: ${rail.name}${ended})`,
        }));
  });
  // Pods that share a ConfigMap share its faults.
  return [...new Map(faults.map((fault) => [fault.path + fault.problem, fault])).values()];
}

/** A rail may stumble over a manifest that Kubernetes would reject as well. That must not let the others pass. */
function judge(rail: Rail, find: (rail: Rail) => RailFault[]): RailFault[] {
  try {
    return find(rail);
  } catch (error) {
    return [{ path: "These manifests", problem: `cannot be judged: ${(error as Error).message}` }];
  }
}

/** A copied stack file may still say that it is not production. */
function tierFaults(stack: string, { tier, app }: StackConfig): ConfigFault[] {
  if (tier && /^prod(uction)?\b/i.test(stack)) {
    return [{ path: "tier", problem: `found "${tier}", accepted: none in a stack named ${stack}; remove it` }];
  }
  return tier === "development" && (app.flask?.env ?? "production") === "production"
    ? [{ path: "tier", problem: 'found "development", but app.flask.env is production; change one of them' }]
    : [];
}

/** To Kubernetes, a field that is null is not set. */
function withoutNulls(manifests: Manifest[]): Manifest[] {
  return JSON.parse(JSON.stringify(manifests), (_, value: unknown) => value ?? undefined) as Manifest[];
}

/** Helm deploys each item of a list. */
function itemsOf(manifest: Manifest): Manifest[] {
  return Array.isArray(manifest.items) ? (manifest.items as Manifest[]).flatMap(itemsOf) : [manifest];
}
