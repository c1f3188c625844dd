import { withReachableCharts, withStandInCharts } from "../tools/lib/bitnamiCharts";
import { StackFile } from "../tools/lib/stackFiles";
import { startedNode } from "./node/nodeKind";

/**
 * A stack as the sandbox can run it: with charts that it can reach, and on a real node, which reaches no registry, with
 * the images that were built for it.
 *
 * @param note Called with a sentence about each replacement.
 */
export async function forSandbox(file: StackFile, note: (text: string) => void): Promise<StackFile> {
  if (startedNode() === "kwok") {
    return withReachableCharts(file, note);
  }
  const { withExampleApp } = await import("./node/exampleApp");
  note("The real node runs the app in example/, and the charts in sandbox/charts instead of Bitnami's.");
  return withExampleApp(withStandInCharts(file));
}
