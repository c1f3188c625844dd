import * as path from "path";
import deepmerge from "deepmerge";
import { FlaskAppValues } from "./config.generated";
import { readYaml } from "./yamlFile";

/** Values of the flask-app chart, with every default filled in. */
export type ChartValues = DeepRequired<FlaskAppValues>;

type DeepRequired<T> = T extends object ? { [K in keyof T]-?: DeepRequired<T[K]> } : T;

let defaults: Values | undefined;

/** The defaults of chart/values.yaml. */
export function chartDefaults(): Values {
  // Read once per process: a program needs them several times.
  defaults ??= readYaml(path.join(__dirname, "../../chart/values.yaml")) as Values;
  return defaults;
}

/** Merges values over the defaults of chart/values.yaml, as Helm does: null removes a default, and a list becomes empty. */
export function withChartDefaults(values: FlaskAppValues): ChartValues {
  const merged = deepmerge<object>(chartDefaults(), values, { arrayMerge: (_, given: unknown[]) => given });
  return withoutRemoved(merged as Values, chartDefaults()) as unknown as ChartValues;
}

/** Merged values without those that are null. */
function withoutRemoved(values: Values, defaults: Values): Values {
  const kept = Object.entries(values)
    .map(([key, value]) => [key, value === null && Array.isArray(defaults[key]) ? [] : value] as const)
    .filter(([, value]) => value !== null);
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      isObject(value) ? withoutRemoved(value, isObject(defaults[key]) ? defaults[key] : {}) : value,
    ]),
  );
}

/**
 * The app's values as Helm checks them: without a null that removes a default. A section of the chart, such as `service`,
 * cannot be removed, and neither can what has no default.
 */
export function withoutRemovals(values: Values, schema: SchemaSection, defaults = chartDefaults()): Values {
  const kept = Object.entries(values).filter(
    ([key, value]) => value !== null || !(key in defaults) || schema.properties?.[key]?.properties,
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      isObject(value) && isObject(defaults[key])
        ? withoutRemovals(value, schema.properties?.[key] ?? {}, defaults[key])
        : value,
    ]),
  );
}

/** Values with the nulls that others, from which they were taken, have. */
export function withRemovals(values: Values, given: Values): Values {
  const removed = Object.keys(given).filter((key) => given[key] === null && !(key in values));
  return {
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, inSection(value, given[key])])),
    ...Object.fromEntries(removed.map((key) => [key, null])),
  };
}

function inSection(value: unknown, given: unknown): unknown {
  return isObject(value) && isObject(given) ? withRemovals(value, given) : value;
}

/** The part of a JSON Schema that says which keys a section has. */
export interface SchemaSection {
  properties?: Record<string, SchemaSection | undefined>;
}

export type Values = Record<string, unknown>;

export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, such as `["image", "tag"]`; undefined if there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, key) => (isObject(parent) ? parent[key] : undefined), value);
}

/** Labels by which Prometheus selects the stack's monitors and rules; undefined if the stack has no ServiceMonitor. */
export function monitoringLabels(values: FlaskAppValues): Record<string, string> | undefined {
  const { enabled, labels } = withChartDefaults(values).serviceMonitor;
  return enabled ? labels : undefined;
}
