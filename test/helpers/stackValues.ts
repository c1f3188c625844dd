import { Manifest } from "../../components/checks/manifestFaults";
import { projectFolder } from "../../tools/lib/paths";
import { plannedResources, ReleaseInputs } from "../../tools/lib/program";
import { readStackFile, stackNames } from "../../tools/lib/stackFiles";

/** What the program deploys for one stack. */
export interface Stack {
  name: string;
  /** Namespace of every release. */
  namespace: string;
  app: ReleaseInputs;
  postgresql: ReleaseInputs;
  redis: ReleaseInputs;
  /** What it deploys without Helm. */
  objects: Manifest[];
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
  const { config } = readStackFile(name);
  const { releases, objects } = await plannedResources(projectFolder, { stack: name, config });
  const secrets: Stack["secrets"] = {};
  for (const { metadata, stringData } of objects.filter(({ kind }) => kind === "Secret")) {
    secrets[metadata.name] = stringData as Record<string, string>;
  }
  const release = (chart: string) => releases.find((found) => found.chart.endsWith(chart))!;
  const app = release("chart");
  const { namespace } = app;
  return { name, namespace, app, postgresql: release("/postgresql"), redis: release("/redis"), objects, secrets };
}
