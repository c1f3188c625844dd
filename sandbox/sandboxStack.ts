import { withReachableCharts, withStandInCharts } from "../tools/lib/bitnamiCharts";
import { StackFile } from "../tools/lib/stackFiles";
import { sandboxContext } from "./credentials";
import { startedNode } from "./node/nodeKind";

/**
 * A stack as the sandbox can run it: with charts that it can reach, and on a real node, which reaches no registry, with
 * the images that were built for it.
 *
 * @param note Called with a sentence about each replacement.
 */
export async function forSandbox(file: StackFile, note: (text: string) => void): Promise<StackFile> {
  const local = withLocalAddresses(file);
  if (startedNode() === "kwok") {
    return withReachableCharts(local, note);
  }
  const { withExampleApp } = await import("./node/exampleApp");
  note("The real node runs the app in example/, and the charts in sandbox/charts instead of Bitnami's.");
  return withExampleApp(withStandInCharts(local));
}

/**
 * A stack that deploys to the sandbox, whichever cluster its file names. The registry and the hosts that the shipped stack
 * files have as examples become names that nobody owns (RFC 6761, `.test`): the program refuses the examples.
 */
export function withLocalAddresses(file: StackFile): StackFile {
  const config = Object.entries(file.config).filter(([key]) => !key.startsWith("kubernetes:"));
  const text = JSON.stringify(Object.fromEntries(config))
    .replaceAll("registry.company.com/", "registry.sandbox.test/")
    .replaceAll(/(?<![-\w])example\.com\b/g, "sandbox.test");
  return { ...file, config: { ...(JSON.parse(text) as StackFile["config"]), "kubernetes:context": sandboxContext } };
}
