import { withReachableCharts, withStandInCharts } from "../tools/lib/bitnamiCharts";
import { startedNode } from "./node/kind";
import { StackFile } from "../tools/lib/stackFiles";

/**
 * A stack as the sandbox can have it: with charts that can be reached, and on a real node with images that are there. A
 * real node has no way out to a registry.
 *
 * @param say Gets a line for each thing that stands in for another.
 */
export async function forSandbox(file: StackFile, say: (note: string) => void): Promise<StackFile> {
  if (startedNode() === "kwok") {
    return withReachableCharts(file, say);
  }
  const { withExampleApp } = await import("./node/exampleApp");
  say("On the real node the image of example/ stands in for the app, the charts in sandbox/charts for the databases.");
  return withExampleApp(withStandInCharts(file));
}
