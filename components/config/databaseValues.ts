import bitnamiSchema from "./bitnamiValues.schema.json";
import { StackConfig } from "./config.generated";
import { ConfigFault } from "./configFault";
import { ownedValues } from "./ownedValues";
import { suggestKey } from "./suggestKey";

/** The part of a JSON Schema that says which values a chart has. */
interface Known {
  $ref?: string;
  type?: string;
  properties?: Record<string, Known>;
}

type DatabaseKey = "postgresql" | "redis";

/** The versions of the charts that bitnamiValues.schema.json describes. */
const describedVersions = { postgresql: /^12\./, redis: /^17\./ };

/**
 * Finds values of a database's chart that the program owns, and those that the chart does not have: Helm would ignore them.
 * A chart of another version may have other values, so none of those is unknown.
 */
export function databaseValuesFaults(config: Pick<StackConfig, DatabaseKey>): ConfigFault[] {
  return (["postgresql", "redis"] as const).flatMap((key) => {
    const { values, chart } = config[key].inCluster ?? {};
    const isDescribed = !chart || describedVersions[key].test(chart.version);
    const known: Known = isDescribed ? bitnamiSchema.definitions[key] : {};
    return [...faultsIn(values, known, [], ownedValues[key]), ...scriptFaults(values)].map(({ path, problem }) => ({
      path: `${key}.inCluster.values.${path}`,
      problem,
    }));
  });
}

/** A pod has one folder for init scripts. */
function scriptFaults(values: Record<string, unknown> | undefined): ConfigFault[] {
  const { initdb = {} } = (values?.primary ?? {}) as { initdb?: Record<string, unknown> };
  return initdb.scriptsSecret && (initdb.scripts || initdb.scriptsConfigMap)
    ? [
        {
          path: "primary.initdb.scriptsSecret",
          problem: "must not be set: primary.initdb has other scripts; put them all into the Secret",
        },
      ]
    : [];
}

function faultsIn(values: unknown, known: Known, parent: string[], owned: Record<string, string>): ConfigFault[] {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    return [];
  }
  return Object.entries(values).flatMap(([name, value]) => {
    const steps = [...parent, name];
    const path = steps.join(".");
    if (owned[path]) {
      return [{ path, problem: `must not be set: ${owned[path]}` }];
    }
    if (known.properties && !Object.hasOwn(known.properties, name)) {
      return [{ path, problem: `is not a value of the chart; ${suggestKey(name, Object.keys(known.properties))}` }];
    }
    return faultsIn(value, known.properties?.[name] ?? {}, steps, owned);
  });
}

/**
 * Where in `values` the chart has a value that was set in `inCluster` itself, such as
 * `postgresql.inCluster.values.primary.tolerations`; undefined if the chart has none of that name.
 */
export function placeInValues(parent: string, name: string): string | undefined {
  const [, key] = /^(postgresql|redis)\.inCluster$/.exec(parent) ?? [];
  const sections = Object.entries(
    (bitnamiSchema.definitions[key as DatabaseKey] as Known | undefined)?.properties ?? {},
  );
  const [section] = sections.find(([, { properties }]) => Object.hasOwn(properties ?? {}, name)) ?? [];
  return section && `${parent}.values.${section}.${name}`;
}
