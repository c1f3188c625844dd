import { execa } from "execa";
import { Project, withoutPulumi } from "./project";

/** Runs `render`, `diff` or `drift` in a project as the npm scripts do, and waits for its end. */
export async function manifestsCommand(
  project: Project,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa("node", ["tools/run.cjs", ...args], {
    cwd: project.folder,
    env: { ...withoutPulumi(), FLASK_APP_SANDBOX: project.sandbox, ...env },
    extendEnv: false,
    reject: false,
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** Makes a copy of the project a git repository, and commits its files as they are now. */
export async function commit(project: Project): Promise<void> {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  const stackFiles = ["dev", "staging", "production"].map((stack) => `Pulumi.${stack}.yaml`);
  for (const args of [
    ["init", "--quiet"],
    ["add", "chart", "components", "sandbox", "tools", "index.ts", ...stackFiles],
    [...identity, "commit", "--quiet", "--message", "A version"],
  ]) {
    await execa("git", args, { cwd: project.folder });
  }
}
