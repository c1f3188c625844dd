import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../lib/paths";
import { UserError } from "../lib/userError";

/**
 * Does something with the project as it was at a git ref. Its files are in a folder of their own, which is removed
 * afterwards. The packages are the ones that are installed now.
 *
 * @param ref Branch, tag or commit.
 * @throws {UserError} If git does not know the ref.
 */
export async function withProjectAt<T>(ref: string, use: (folder: string) => Promise<T>): Promise<T> {
  const verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const { stdout: commit, exitCode } = await execa("git", verify, { cwd: projectFolder, reject: false });
  if (exitCode !== 0) {
    throw new UserError(`"${ref}" is neither a stack nor a branch, tag or commit of this repository.`);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-at-"));
  try {
    const archive = path.join(folder, "project.tar");
    await execa("git", ["archive", "--output", archive, commit], { cwd: projectFolder });
    await execa("tar", ["-xf", archive, "-C", folder]);
    fs.symlinkSync(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The files among some files and folders that differ from the last commit; all paths are relative to the project. */
export async function uncommittedFiles(paths: string[]): Promise<string[]> {
  const status = ["status", "--porcelain", "--no-renames", "--", ...paths];
  const { stdout } = await execa("git", status, { cwd: projectFolder, lines: true });
  return stdout.map((line) => line.slice(3));
}
