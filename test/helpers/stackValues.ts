import { projectFolder } from "../../tools/lib/paths";
import { createNothing, ReleaseInputs, releaseType, runProject } from "../../tools/lib/program";
import { readStackFile, stackNames } from "../../tools/lib/stackFiles";

/** What the program deploys for one stack. */
export interface Stack {
  name: string;
  /** Namespace of every release. */
  namespace: string;
  app: ReleaseInputs;
  postgresql: ReleaseInputs;
  redis: ReleaseInputs;
  /** Content of its Secrets, by their names. */
  secrets: Record<string, Record<string, string>>;
}

let stacks: Promise<Stack[]> | undefined;

/** What the program deploys for every stack that has a Pulumi.<stack>.yaml, found by running it on Pulumi mocks. */
export function deployedStacks(): Promise<Stack[]> {
  stacks ??= runAll();
  return stacks;
}

async function runAll(): Promise<Stack[]> {
  const all: Stack[] = [];
  // The SDK's mocks are global: one stack at a time.
  for (const name of stackNames()) {
    all.push(await run(name));
  }
  return all;
}

async function run(name: string): Promise<Stack> {
  const releases: ReleaseInputs[] = [];
  const secrets: Stack["secrets"] = {};
  await runProject(projectFolder, {
    stack: name,
    config: readStackFile(name).config,
    handle: (type, resource, inputs) => {
      if (type === releaseType) {
        releases.push(inputs as unknown as ReleaseInputs);
      } else if (type === "kubernetes:core/v1:Secret") {
        secrets[resource] = inputs.stringData as Record<string, string>;
      }
      return createNothing(type, resource, inputs);
    },
  });
  const release = (chart: string) => releases.find((found) => found.chart.endsWith(chart))!;
  const app = release("chart");
  const { namespace } = app;
  return { name, namespace, app, postgresql: release("/postgresql"), redis: release("/redis"), secrets };
}
