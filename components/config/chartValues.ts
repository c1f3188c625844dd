import * as path from "path";
import deepmerge from "deepmerge";
import { FlaskAppValues } from "./config.generated";
import { readYaml } from "./yamlFile";

/** Values of the flask-app chart, with every default filled in. */
export type ChartValues = DeepRequired<FlaskAppValues>;

type DeepRequired<T> = T extends object ? { [K in keyof T]-?: DeepRequired<T[K]> } : T;

let defaults: object | undefined;

/** Merges values over the defaults of chart/values.yaml, as Helm does. */
export function withChartDefaults(values: FlaskAppValues): ChartValues {
  // Read once per process: a program needs them several times.
  defaults ??= readYaml(path.join(__dirname, "../../chart/values.yaml")) as object;
  return deepmerge<object>(defaults, values, { arrayMerge: (_, given: unknown[]) => given }) as ChartValues;
}

/** Labels by which Prometheus selects the stack's monitors and rules; undefined if the stack has no ServiceMonitor. */
export function monitoringLabels(values: FlaskAppValues): Record<string, string> | undefined {
  const { enabled, labels } = withChartDefaults(values).serviceMonitor;
  return enabled ? labels : undefined;
}
