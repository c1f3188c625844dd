import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { CommandError, LocalWorkspace, OutputMap, Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import * as yaml from "yaml";
import { readYaml } from "../components/config/yamlFile";
import { kubeconfigFile, projectFolder, stateFolder } from "../tools/lib/paths";
import { StackFile } from "../tools/lib/stackFiles";
import { UserError } from "../tools/lib/userError";

const workFolder = path.join(stateFolder, "pulumi");

/** Whether the Pulumi CLI is on PATH. */
export async function hasPulumi(): Promise<boolean> {
  return (await execa("pulumi", ["version"], { reject: false })).exitCode === 0;
}

/**
 * Deploys a stack to the sandbox with the Pulumi CLI. The state and a copy of the stack file are in the sandbox's folder.
 * The stack file of the checkout, and the user's own Pulumi backend and stacks, stay as they are.
 *
 * @param print Called with the output of the CLI.
 * @returns The stack's outputs, and whether anything changed.
 * @throws {UserError} If `pulumi up` fails. Its output says why.
 */
export function deployWithEngine(
  name: string,
  file: StackFile,
  print: (text: string) => void,
): Promise<{ outputs: OutputMap; changed: boolean }> {
  return withStack(name, file, async (stack) => {
    const { outputs, summary } = await stack.up({
      onOutput: print,
      color: "never",
      suppressOutputs: true,
      suppressProgress: true,
    });
    const changes = Object.entries(summary.resourceChanges ?? {});
    return { outputs, changed: changes.some(([change, count]) => change !== "same" && (count ?? 0) > 0) };
  });
}

/**
 * Removes a stack that the Pulumi CLI deployed from the sandbox, protected resources included.
 *
 * @throws {UserError} If `pulumi destroy` fails. Its output says why.
 */
export function destroyWithEngine(name: string, file: StackFile, print: (text: string) => void): Promise<void> {
  return withStack(name, file, async (stack) => {
    const unprotect = ["state", "unprotect", "--all", "--yes", "--stack", name];
    await execa("pulumi", unprotect, { cwd: workFolder, env: environment(file) });
    await stack.destroy({ onOutput: print, color: "never", suppressProgress: true });
    await stack.workspace.removeStack(name);
  });
}

/** Opens a stack in the sandbox and runs an operation of the Pulumi CLI on it. */
async function withStack<T>(name: string, file: StackFile, operate: (stack: Stack) => Promise<T>): Promise<T> {
  writeProject(name, file);
  try {
    const project = { stackName: name, workDir: workFolder };
    return await operate(await LocalWorkspace.createOrSelectStack(project, { envVars: environment(file) }));
  } catch (error) {
    throw error instanceof CommandError
      ? new UserError(`pulumi failed for the stack ${name}. Its output above says why.`)
      : error;
  }
}

/** Writes a project that runs the checkout's program, with a stack file of its own. */
function writeProject(name: string, file: StackFile): void {
  fs.mkdirSync(path.join(workFolder, "state"), { recursive: true, mode: 0o700 });
  const project = readYaml(path.join(projectFolder, "Pulumi.yaml")) as object;
  const main = `${path.relative(workFolder, projectFolder)}${path.sep}`;
  fs.writeFileSync(path.join(workFolder, "Pulumi.yaml"), yaml.stringify({ ...project, main }));

  const stackFile = path.join(workFolder, `Pulumi.${name}.yaml`);
  // The engine keeps the encryption salt of the stack in the stack file.
  const kept = fs.existsSync(stackFile) ? (readYaml(stackFile) as { encryptionsalt?: string }) : {};
  fs.writeFileSync(stackFile, yaml.stringify({ ...kept, ...file }), { mode: 0o600 });
}

function environment(file: StackFile): Record<string, string> {
  // Only its owner's passphrase decrypts a stack file with encrypted values.
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
