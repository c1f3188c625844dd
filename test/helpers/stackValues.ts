import * as pulumi from "@pulumi/pulumi";
import { ReleaseInputs } from "../../sandbox/helm";
import { readStackFile, stackNames, toProgramConfig } from "../../tools/lib/stackFiles";
import { unwrapSecrets } from "../../tools/lib/unwrapSecrets";

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

type Inputs = Record<string, unknown>;

let stacks: Promise<Stack[]> | undefined;

/** What the program deploys for every stack: index.ts runs on Pulumi mocks with each Pulumi.<stack>.yaml. */
export function deployedStacks(): Promise<Stack[]> {
  stacks ??= runAll();
  return stacks;
}

async function runAll(): Promise<Stack[]> {
  const all: Stack[] = [];
  // The mocks of the SDK are global: one stack at a time.
  for (const name of stackNames()) {
    all.push(await run(name));
  }
  return all;
}

async function run(name: string): Promise<Stack> {
  const resources: { type: string; inputs: Inputs }[] = [];
  const newResource = ({ type, name: id, inputs: wire }: pulumi.runtime.MockResourceArgs) => {
    const inputs = unwrapSecrets(wire) as Inputs;
    resources.push({ type, inputs });
    const result = `${id}-value`;
    return { id, state: type === "random:index/randomPassword:RandomPassword" ? { ...inputs, result } : inputs };
  };
  const call = ({ token }: pulumi.runtime.MockCallArgs) => Promise.reject(new Error(`unexpected call of ${token}`));
  await pulumi.runtime.setMocks({ newResource, call }, "flask-app", name, false);
  pulumi.runtime.setAllConfig(toProgramConfig(readStackFile(name).config));

  const { default: deploy } = await import("../../index");
  const outputs = pulumi.output(await deploy());
  // The outputs come from every release, and a release waits for its Secret.
  await new Promise((resolve) => outputs.apply(resolve));

  const ofType = <T>(type: string) =>
    resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs as T);
  const releases = ofType<ReleaseInputs>("kubernetes:helm.sh/v3:Release");
  const release = (suffix: string) => {
    const found = releases.find(({ chart }) => chart.endsWith(suffix));
    if (!found) {
      throw new Error(`the ${name} stack has no release of a chart …${suffix}`);
    }
    return found;
  };
  const app = release("chart");
  const secrets = ofType<{ metadata: { name: string }; stringData: Record<string, string> }>(
    "kubernetes:core/v1:Secret",
  );
  return {
    name,
    namespace: app.namespace,
    app,
    postgresql: release("/postgresql"),
    redis: release("/redis"),
    secrets: Object.fromEntries(secrets.map(({ metadata, stringData }) => [metadata.name, stringData])),
  };
}
