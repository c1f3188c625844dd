import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { CommandError, LocalWorkspace, OutputMap, Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import * as yaml from "yaml";
import { kubeconfigFile, projectFolder, stateFolder } from "../tools/lib/paths";
import { StackFile } from "../tools/lib/stackFiles";
import { UserError } from "../tools/lib/userError";

const workFolder = path.join(stateFolder, "pulumi");
/** Destroying and updating differ in nothing but the call. */
type Operation = (stack: Stack, print: (text: string) => void) => Promise<void>;

/** Whether the Pulumi CLI is on PATH. */
export async function hasPulumi(): Promise<boolean> {
  return (await execa("pulumi", ["version"], { reject: false })).exitCode === 0;
}

/**
 * Deploys a stack to the sandbox with the Pulumi CLI. State and stack file are kept in the sandbox's folder: those of
 * the checkout stay as they are, and so do the user's own Pulumi backend and stacks.
 *
 * @param print Gets what the CLI prints.
 * @returns The stack's outputs and whether anything was changed.
 * @throws {UserError} If `pulumi up` fails; the CLI has printed why.
 */
export async function deployWithEngine(
  name: string,
  file: StackFile,
  print: (text: string) => void,
): Promise<{ outputs: OutputMap; changed: boolean }> {
  let result: { outputs: OutputMap; changed: boolean } | undefined;
  await operate(name, file, print, async (stack) => {
    const { outputs, summary } = await stack.up({
      onOutput: print,
      color: "never",
      suppressOutputs: true,
      suppressProgress: true,
    });
    const changes = Object.entries(summary.resourceChanges ?? {});
    result = { outputs, changed: changes.some(([change, count]) => change !== "same" && (count ?? 0) > 0) };
  });
  return result!;
}

/**
 * Takes a stack that the Pulumi CLI deployed out of the sandbox, protected resources included: the sandbox is a try-out.
 *
 * @throws {UserError} If `pulumi destroy` fails; the CLI has printed why.
 */
export async function destroyWithEngine(name: string, file: StackFile, print: (text: string) => void): Promise<void> {
  await operate(name, file, print, async (stack) => {
    await execa("pulumi", ["state", "unprotect", "--all", "--yes", "--stack", name], {
      cwd: workFolder,
      env: environment(file),
    });
    await stack.destroy({ onOutput: print, color: "never", suppressProgress: true });
    await stack.workspace.removeStack(name);
  });
}

/**
 * Opens a stack in the sandbox and runs an operation of the Pulumi CLI on it.
 *
 * @throws {UserError} If the operation fails; the CLI has printed why.
 */
async function operate(
  name: string,
  file: StackFile,
  print: (text: string) => void,
  operation: Operation,
): Promise<void> {
  writeProject(name, file);
  try {
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, workDir: workFolder },
      { envVars: environment(file) },
    );
    await operation(stack, print);
  } catch (error) {
    if (error instanceof CommandError) {
      throw new UserError(`pulumi failed for the stack ${name}; what it said stands above.`);
    }
    throw error;
  }
}

/** A project whose program is the checkout's, with a stack file of its own. */
function writeProject(name: string, file: StackFile): void {
  fs.mkdirSync(path.join(workFolder, "state"), { recursive: true, mode: 0o700 });
  const project = yaml.parse(fs.readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8")) as object;
  const main = `${path.relative(workFolder, projectFolder)}${path.sep}`;
  fs.writeFileSync(path.join(workFolder, "Pulumi.yaml"), yaml.stringify({ ...project, main }));

  const stackFile = path.join(workFolder, `Pulumi.${name}.yaml`);
  // The engine keeps the salt of the stack's encryption in its stack file.
  const kept = fs.existsSync(stackFile)
    ? (yaml.parse(fs.readFileSync(stackFile, "utf8")) as { encryptionsalt?: string })
    : {};
  fs.writeFileSync(stackFile, yaml.stringify({ ...kept, ...file }), { mode: 0o600 });
}

function environment(file: StackFile): Record<string, string> {
  // A stack file with encrypted values can be read with its owner's passphrase alone.
  const encrypted = file.encryptionsalt !== undefined || file.secretsprovider !== undefined;
  return {
    KUBECONFIG: kubeconfigFile,
    PULUMI_BACKEND_URL: `file://${path.join(workFolder, "state")}`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(encrypted ? {} : { PULUMI_CONFIG_PASSPHRASE: passphrase() }),
  };
}

function passphrase(): string {
  const file = path.join(workFolder, "passphrase");
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, crypto.randomBytes(32).toString("hex"), { mode: 0o600 });
  }
  return fs.readFileSync(file, "utf8");
}
