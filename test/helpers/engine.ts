import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { kubeconfigFile } from "../../tools/lib/paths";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { CommandResult, Project } from "./project";

/**
 * Runs the Pulumi CLI on the stacks of the tests' sandbox.
 *
 * @param reject Whether to throw if it fails.
 */
export function pulumi(
  project: Project,
  args: string[],
  reject = true,
  kubeconfig = kubeconfigFile,
  env: Record<string, string> = {},
) {
  const folder = path.join(project.sandbox, "pulumi");
  return execa("pulumi", args, {
    cwd: folder,
    all: true,
    reject,
    env: {
      KUBECONFIG: kubeconfig,
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: fs.readFileSync(path.join(folder, "passphrase"), "utf8"),
      ...env,
    },
  });
}

/** Previews a stack of a copy of the project against the tests' sandbox, without deploying it. */
export async function previewWithCli(
  project: Project,
  stack: string,
  config: StackFileConfig,
  args: string[] = [],
): Promise<CommandResult> {
  const state = path.join(project.folder, "state");
  fs.mkdirSync(state, { recursive: true });
  fs.writeFileSync(path.join(project.folder, `Pulumi.${stack}.yaml`), yaml.stringify({ config }));
  const options = {
    cwd: project.folder,
    reject: false,
    all: true,
    env: {
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "not a secret: nothing is deployed",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  } as const;
  await execa("pulumi", ["stack", "select", "--create", stack], options);
  const preview = ["preview", "--stack", stack, "--non-interactive", "--color", "never", ...args];
  const { exitCode, all } = await execa("pulumi", preview, options);
  return { exitCode: exitCode ?? -1, output: all };
}
