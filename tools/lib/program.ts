import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { StackFileConfig, toProgramConfig } from "./stackFiles";
import { StackOutputs } from "../../sandbox/summary";
import { unwrapSecrets } from "./unwrapSecrets";
import { UserError } from "./userError";

/** Type token of a Helm release. */
export const releaseType = "kubernetes:helm.sh/v3:Release";
/** Type token of a random password. */
export const passwordType = "random:index/randomPassword:RandomPassword";

/** Type token of a Job. */
export const jobType = "kubernetes:batch/v1:Job";

/** What to run. */
export interface ProgramRun {
  stack: string;
  config: StackFileConfig;
  /** Folder of the project whose index.ts is run; that of another version of it may be anywhere. */
  folder: string;
}

/** Inputs of a resource. */
export type Inputs = Record<string, unknown>;
/** Makes a resource what its inputs say, and returns its outputs. */
export type ResourceHandler = (type: string, name: string, inputs: Inputs) => Promise<Inputs>;

/**
 * Runs the program in this process, on the SDK's own mock monitor: no Pulumi CLI, no state. A resource waits for those
 * it depends on, and the others go side by side, as with the engine. When one fails, those that depend on it are not
 * begun, and those under way are finished.
 *
 * @param handle Gets every resource that is no component; its secrets are as they are.
 * @throws {UserError} If the config is not valid, or with what `handle` failed with.
 */
export async function runProgram(run: ProgramRun, handle: ResourceHandler): Promise<StackOutputs> {
  const failures: Error[] = [];
  let underWay = 0;
  let stop: () => void;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const never = new Promise<never>(() => undefined);

  const newResource = async ({ type, name, inputs, custom }: pulumi.runtime.MockResourceArgs) => {
    if (!custom) {
      return { id: undefined, state: {} };
    }
    if (failures.length > 0) {
      return never;
    }
    underWay += 1;
    const state = await handle(type, name, unwrapSecrets(inputs) as Inputs).catch((error: Error) => {
      failures.push(error);
      return {};
    });
    underWay -= 1;
    if (failures.length > 0) {
      if (underWay === 0) {
        stop();
      }
      // What depends on a failed resource waits for ever, and so is never begun.
      return never;
    }
    return { id: name, state };
  };
  const call = ({ token }: pulumi.runtime.MockCallArgs) => Promise.reject(new Error(`${token} needs the Pulumi CLI`));

  // The program names its charts relative to the project.
  const workingFolder = process.cwd();
  process.chdir(run.folder);
  await pulumi.runtime.setMocks({ newResource, call }, "flask-app", run.stack, false);
  pulumi.runtime.setAllConfig(toProgramConfig(run.config));
  const outputs: StackOutputs = {};
  const program = pulumi.runtime.runInPulumiStack(async () => {
    try {
      const index = require.resolve(path.join(run.folder, "index"));
      // Loaded before, it would not run again.
      delete require.cache[index];
      const { default: program } = (await import(index)) as { default: () => Promise<Inputs> };
      const exported = await program();
      for (const [name, value] of Object.entries(exported)) {
        const output = pulumi.output(value);
        outputs[name] = { value: await promiseOf(output), secret: await pulumi.isSecret(output) };
      }
    } catch (error) {
      // The SDK would report it a second time, with a stack trace.
      failures.push(error as Error);
    }
  });
  await Promise.race([program.then(() => pulumi.runtime.disconnect()), stopped]);
  process.chdir(workingFolder);
  if (failures.length > 0) {
    throw asUserError(failures);
  }
  return outputs;
}

/** One error that tells all failures; a fault of the program itself keeps its stack trace. */
function asUserError(failures: Error[]): Error {
  const messages = failures.map((failure) =>
    failure instanceof UserError || pulumi.RunError.isInstance(failure) ? failure.message : undefined,
  );
  const unexpected = failures.find((_, index) => messages[index] === undefined);
  return unexpected ?? new UserError(messages.join("\n"));
}

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
