import { withReachableCharts } from "../lib/bitnamiCharts";
import { readStackFile, StackFileConfig } from "../lib/stackFiles";

/** The stack that is deployed to compare: every peer deploys its three releases. */
export const stack = "dev";

/** Its config, in a namespace of its own, with the charts that can be had here. */
export async function stackConfig(namespace: string): Promise<StackFileConfig> {
  const { config } = await withReachableCharts(readStackFile(stack), () => undefined);
  return { ...config, "flask-app:namespace": namespace };
}
