import * as fs from "fs";
import * as path from "path";
import deepmerge from "deepmerge";
import * as yaml from "yaml";
import { FlaskAppValues } from "./config.generated";

/** Values of the flask-app chart, none left out. */
export type ChartValues = DeepRequired<FlaskAppValues>;

type DeepRequired<T> = T extends object ? { [K in keyof T]-?: DeepRequired<T[K]> } : T;

/** The values that the chart will see: the given ones over those of chart/values.yaml, as Helm merges them. */
export function withChartDefaults(values: FlaskAppValues): ChartValues {
  const defaults = yaml.parse(fs.readFileSync(path.join(__dirname, "../chart/values.yaml"), "utf8")) as object;
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
