import { withReachableCharts, withStandInCharts } from "../tools/lib/bitnamiCharts";
import { StackFile, StackFileConfig } from "../tools/lib/stackFiles";
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
export function withLocalAddresses({ config, ...file }: StackFile): StackFile {
  const local = Object.entries(config)
    .filter(([key]) => !key.startsWith("kubernetes:"))
    .map(([key, value]) => [key, key === "flask-app:app" ? withLocalNames(value) : value]);
  return { ...file, config: { ...Object.fromEntries(local), "kubernetes:context": sandboxContext } as StackFileConfig };
}

function withLocalNames(app: unknown): unknown {
  const text = JSON.stringify(app)
    .replaceAll("registry.company.com/", "registry.sandbox.test/")
    .replaceAll(/(?<![-\w])example\.com\b/g, "sandbox.test");
  return JSON.parse(text);
}
