import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../lib/paths";
import { UserError } from "../lib/userError";

/**
 * Does something with the project as it was at a git ref: its files in a folder of their own, which is gone afterwards,
 * with the packages that are installed now.
 *
 * @param ref Branch, tag or commit.
 * @throws {UserError} If git does not know the ref.
 */
export async function withProjectAt<T>(ref: string, use: (folder: string) => Promise<T>): Promise<T> {
  const commit = await findCommit(ref);
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

/**
 * The files of the project that are not as the last commit has them, relative to its folder.
 *
 * @param paths Files and folders to look at.
 */
export async function uncommittedFiles(paths: string[]): Promise<string[]> {
  const { stdout } = await execa("git", ["status", "--porcelain", "--no-renames", "--", ...paths], {
    cwd: projectFolder,
  });
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => line.slice(3));
}

async function findCommit(ref: string): Promise<string> {
  const { stdout, exitCode } = await execa(
    "git",
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`],
    {
      cwd: projectFolder,
      reject: false,
    },
  );
  if (exitCode !== 0) {
    throw new UserError(`"${ref}" is neither a stack nor a branch, tag or commit of this repository.`);
  }
  return stdout.trim();
}
