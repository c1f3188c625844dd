import { isObject, Values, withChartDefaults } from "../config/chartValues";
import { FlaskAppValues } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";

/** Finds values of the app that have no effect because another value switches off what they are for. */
export function unusedValues(app: FlaskAppValues): ConfigFault[] {
  const merged = withChartDefaults(app);
  const { autoscaling, persistence } = merged;
  const { minReplicas, maxReplicas } = autoscaling;
  return [
    ...unusedIf(
      autoscaling.enabled,
      app as Values,
      "app",
      ["replicaCount"],
      `app.autoscaling.enabled is true, so there are ${minReplicas} to ${maxReplicas} pods`,
    ),
    ...unusedIf(
      autoscaling.external,
      app as Values,
      "app",
      ["replicaCount"],
      "app.autoscaling.external is true, so something outside the chart sets the number of pods",
    ),
    ...unusedIf(
      Boolean(persistence.existingClaim),
      app.persistence,
      "app.persistence",
      ["size", "storageClass", "accessModes", "retain"],
      "app.persistence.existingClaim names a claim that exists already",
    ),
    ...inDisabledSections(app as Values, merged, "app"),
  ];
}

/** Values next to an `enabled` that is false. */
function inDisabledSections(given: Values, merged: Values, path: string): ConfigFault[] {
  if (merged.enabled === false) {
    // autoscaling.external is for an autoscaler that is not the chart's.
    const others = Object.keys(given).filter((key) => key !== "enabled" && key !== "external");
    return unusedIf(true, given, path, others, `${path}.enabled is false`);
  }
  return Object.entries(given).flatMap(([key, value]) =>
    isObject(value) && isObject(merged[key]) ? inDisabledSections(value, merged[key], `${path}.${key}`) : [],
  );
}

function unusedIf(
  isUnused: boolean,
  given: Values | undefined,
  path: string,
  keys: string[],
  reason: string,
): ConfigFault[] {
  const unused = isUnused ? keys.filter((key) => given?.[key] !== undefined) : [];
  return unused.map((key) => ({ path: `${path}.${key}`, problem: `has no effect: ${reason}` }));
}
