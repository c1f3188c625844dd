import * as path from "path";
import deepmerge from "deepmerge";
import { FlaskAppValues } from "./config.generated";
import { readYaml } from "./yamlFile";

/** Values of the flask-app chart, none left out. */
export type ChartValues = DeepRequired<FlaskAppValues>;

type DeepRequired<T> = T extends object ? { [K in keyof T]-?: DeepRequired<T[K]> } : T;

let defaults: object | undefined;

/** The values that the chart will see: the given ones over those of chart/values.yaml, as Helm merges them. */
export function withChartDefaults(values: FlaskAppValues): ChartValues {
  // Read once a process: a program asks for them several times.
  defaults ??= readYaml(path.join(__dirname, "../../chart/values.yaml")) as object;
  return deepmerge<object>(defaults, values, { arrayMerge: (_, given: unknown[]) => given }) as ChartValues;
}

/** How many pods there are at the least. */
export function fewestPods({ autoscaling, replicaCount }: ChartValues): number {
  return autoscaling.enabled ? autoscaling.minReplicas : replicaCount;
}

/** The value that says how many pods there are at the least. */
export function fewestPodsKey({ autoscaling }: ChartValues): string {
  return autoscaling.enabled ? "autoscaling.minReplicas" : "replicaCount";
}

/** How many of the pods, when they are fewest, a node drain leaves running; Kubernetes rounds a percentage up. */
export function podsKept(values: ChartValues): number {
  const { minAvailable } = values.podDisruptionBudget;
  return typeof minAvailable === "number"
    ? minAvailable
    : Math.ceil((parseInt(minAvailable, 10) / 100) * fewestPods(values));
}
