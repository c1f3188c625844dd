import { ChartValues, fewestPods, fewestPodsKey } from "../config/chartValues";
import { ConfigFault } from "../config/configFault";
import { Baseline } from "./guardedStack";

/** A property that makes a stack safer the higher its rank. */
interface Strength {
  /** Path in the config. Where several values can set the property, the one that the stack uses. */
  path: (stack: Baseline) => string;
  /** The configured value. */
  value: (stack: Baseline) => unknown;
  rank: (value: unknown) => number;
}

const strengths: Strength[] = [
  {
    path: () => "podSecurity",
    value: ({ podSecurity }) => podSecurity ?? "none",
    rank: (standard) => ["privileged", "baseline", "restricted"].indexOf(String(standard)),
  },
  { path: ({ app }) => `app.${fewestPodsKey(app)}`, value: ({ app }) => fewestPods(app), rank: Number },
  setting("networkPolicy.enabled", true, (app) => app.networkPolicy.enabled),
  setting("automountServiceAccountToken", false, (app) => app.automountServiceAccountToken),
  // The container's setting overrides its pod's, and both override the chart's `hardened`.
  setting(
    "podSecurityContext.runAsNonRoot",
    true,
    (app) => app.securityContext.runAsNonRoot ?? app.podSecurityContext.runAsNonRoot ?? app.hardened,
  ),
  setting(
    "securityContext.readOnlyRootFilesystem",
    true,
    (app) => app.securityContext.readOnlyRootFilesystem ?? app.hardened,
  ),
  setting("securityContext.allowPrivilegeEscalation", false, (app) => app.securityContext.allowPrivilegeEscalation),
  probe("startupProbe"),
  probe("livenessProbe"),
  probe("readinessProbe"),
];

/** A chart value with one safe setting. */
function setting(key: string, safe: boolean, value: (app: ChartValues) => unknown): Strength {
  return { path: () => `app.${key}`, value: ({ app }) => value(app) ?? !safe, rank: (found) => Number(found === safe) };
}

/** A probe of `/` says little, because any server answers it, and a disabled probe says nothing. */
function probe(name: keyof ChartValues["healthCheck"]): Strength {
  const ranks: unknown[] = ["off", "/"];
  return {
    path: () => `app.healthCheck.${name}`,
    value: ({ app: { healthCheck } }) => (healthCheck[name].enabled ? healthCheck[name].path : "off"),
    rank: (asked) => (ranks.includes(asked) ? ranks.indexOf(asked) : ranks.length),
  };
}

/**
 * Finds where production is weaker than staging.
 */
export function weakerThanStaging(production: Baseline, staging: Baseline): ConfigFault[] {
  return strengths
    .map((strength) => ({ strength, found: strength.value(production), wanted: strength.value(staging) }))
    .filter(({ strength, found, wanted }) => strength.rank(found) < strength.rank(wanted))
    .map(({ strength, found, wanted }) => ({
      path: strength.path(production),
      problem: `found ${JSON.stringify(found)}, accepted: no weaker than staging's ${JSON.stringify(wanted)}`,
    }));
}
