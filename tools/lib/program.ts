import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { Manifest } from "../../components/checks/manifestFaults";
import { releaseType } from "../../components/checks/plannedStack";
import { secretToken } from "../../components/mocks";
import { StackFileConfig, toProgramConfig } from "./stackFiles";
import { unwrapSecrets } from "./unwrapSecrets";
import { isForUser, UserError } from "./userError";

/** Type token of a random password. */
export const passwordType = "random:index/randomPassword:RandomPassword";
/** Type token of a Job. */
export const jobType = "kubernetes:batch/v1:Job";

/** Inputs or outputs of a resource, or the exports of a program. */
export type Properties = Record<string, unknown>;

/** The inputs of a `kubernetes.helm.v3.Release` that this project uses. */
export interface ReleaseInputs {
  name: string;
  namespace: string;
  chart: string;
  version: string;
  description: string;
  values: Properties;
  /** Seconds. */
  timeout: number;
  atomic?: boolean;
  maxHistory: number;
}

/** Outputs of a stack. */
export type StackOutputs = Record<string, { value: unknown; secret: boolean }>;

/** A Pulumi program: registers resources and returns the stack's outputs. */
export type Program = () => Properties | Promise<Properties>;

/** Creates a resource from its inputs, in which secrets are plain, and returns its outputs. Not called for components. */
export type ResourceHandler = (type: string, name: string, inputs: Properties) => Properties | Promise<Properties>;

/** Creates nothing. Every password is the name of its resource with `-value`. */
export const createNothing: ResourceHandler = (type, name, inputs) =>
  type === passwordType ? { ...inputs, result: `${name}-value` } : inputs;

/** How to run a program. */
export interface MockRun {
  stack: string;
  config: StackFileConfig;
  /** Config keys that contain a secret, such as `flask-app:secretEnv`, as the engine reports them. Default: none. */
  secretKeys?: string[];
  handle: ResourceHandler;
  /**
   * Makes the run a preview. Renders a chart as the Kubernetes provider does: gets the options of
   * `kubernetes:helm:template` and returns the manifests.
   */
  render?: (options: Properties) => object[] | Promise<object[]>;
  /**
   * Reads a Secret of the cluster: its values in plain text, by key, or undefined if it does not exist. Default: no cluster
   * is known.
   */
  readSecret?: (namespace: string, name: string) => Promise<Record<string, string> | undefined>;
}

/**
 * Loads the program of a project.
 *
 * @param folder Folder of the project with its index.ts. It becomes the working directory, because the program names its
 *   charts relative to it.
 */
export async function loadProgram(folder: string): Promise<Program> {
  process.chdir(folder);
  const index = (await import(path.join(folder, "index"))) as { default: Program };
  return index.default;
}

/** Runs the index.ts of a project on mocks; see {@link loadProgram} and {@link runOnMocks}. */
export async function runProject(folder: string, run: MockRun): Promise<StackOutputs> {
  const workingFolder = process.cwd();
  try {
    return await runOnMocks(await loadProgram(folder), run);
  } finally {
    process.chdir(workingFolder);
  }
}

/** What a project's program would deploy: the inputs of its Helm releases and of its other Kubernetes objects. */
export async function plannedResources(
  folder: string,
  run: Omit<MockRun, "handle">,
): Promise<{ releases: ReleaseInputs[]; objects: Manifest[] }> {
  const releases: ReleaseInputs[] = [];
  const objects: Manifest[] = [];
  const handle: ResourceHandler = (type, name, inputs) => {
    if (type === releaseType) {
      releases.push(inputs as unknown as ReleaseInputs);
    } else if (type !== passwordType) {
      objects.push(inputs as unknown as Manifest);
    }
    return createNothing(type, name, inputs);
  };
  await runProject(folder, { ...run, handle });
  return { releases, objects };
}

/**
 * Runs a program in this process on the mock monitor of Pulumi's SDK: without the Pulumi CLI and without a state. A
 * resource waits for those that it depends on; the others run in parallel, as with the engine. When one fails, those that
 * depend on it are not started, and those that are running finish.
 *
 * @returns The program's outputs.
 * @throws The error of the program or of `handle`. Several errors become one {@link UserError} with all messages, unless
 *   one of them is a bug.
 */
export async function runOnMocks(
  program: Program,
  { stack, config, secretKeys, handle, render, readSecret }: MockRun,
): Promise<StackOutputs> {
  const failures: Error[] = [];
  let running = 0;
  let stop: () => void;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const never = new Promise<never>(() => undefined);
  const fail = (error: Error) => {
    // The SDK rejects more than one promise with the same error.
    if (!failures.includes(error)) {
      failures.push(error);
    }
    if (running === 0) {
      // Not before the SDK has registered the outputs of the failed stack: it would tell the mocks of the next run.
      setImmediate(stop);
    }
  };

  const newResource = async ({ type, name, inputs, custom }: pulumi.runtime.MockResourceArgs) => {
    if (!custom) {
      return { id: undefined, state: {} };
    }
    if (failures.length > 0) {
      return never;
    }
    running += 1;
    try {
      const state = await handle(type, name, unwrapSecrets(inputs) as Properties);
      return { id: name, state };
    } catch (error) {
      failures.push(error as Error);
      // What depends on a failed resource waits forever and is never started.
      return never;
    } finally {
      running -= 1;
      if (failures.length > 0 && running === 0) {
        stop();
      }
    }
  };
  const call = async ({ token, inputs }: pulumi.runtime.MockCallArgs) => {
    if (token === secretToken) {
      const { namespace, name } = inputs as { namespace: string; name: string };
      return readSecret ? { answer: { content: await readSecret(namespace, name) } } : {};
    }
    if (!render || token !== "kubernetes:helm:template") {
      throw new Error(`${token} needs the Pulumi CLI`);
    }
    const { jsonOpts } = inputs as { jsonOpts: string };
    try {
      return { result: await render(JSON.parse(jsonOpts) as Properties) };
    } catch (error) {
      // The SDK expects an error of gRPC, which has its message in `details`.
      throw Object.assign(error as Error, { details: (error as Error).message });
    }
  };

  await pulumi.runtime.setMocks({ newResource, call }, "flask-app", stack, render !== undefined);
  pulumi.runtime.setAllConfig(toProgramConfig(config), secretKeys);
  const outputs: StackOutputs = {};
  const finished = pulumi.runtime.runInPulumiStack(async () => {
    try {
      for (const [name, value] of Object.entries(await program())) {
        const output = pulumi.output(value);
        outputs[name] = { value: await promiseOf(output), secret: await pulumi.isSecret(output) };
      }
    } catch (error) {
      // Not rethrown: the SDK would print it a second time, with a stack trace.
      fail(error as Error);
    }
  });
  // An error in an Output that a resource waits for arrives only here, as in Pulumi's own language host.
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", fail);
  try {
    await Promise.race([finished.then(() => pulumi.runtime.disconnect()), stopped]);
  } finally {
    process.off("unhandledRejection", fail);
    listeners.forEach((listener) => process.on("unhandledRejection", listener));
  }
  if (failures.length > 0) {
    throw asOneError(failures);
  }
  return outputs;
}

/** One error for all failures. A bug keeps its stack trace. */
function asOneError(failures: Error[]): Error {
  const bug = failures.find((failure) => !isForUser(failure));
  return (
    bug ?? (failures.length === 1 ? failures[0] : new UserError(failures.map(({ message }) => message).join("\n")))
  );
}

/** The value of an Output. */
export function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
