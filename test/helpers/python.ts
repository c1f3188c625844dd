import * as fs from "fs";
import * as path from "path";
import { execa, execaSync } from "execa";
import { toolsFolder } from "../../tools/lib/paths";

/** Whether there is a Python that can make virtual environments; Debian has them in a package of their own. */
export const hasPython = execaSync("python3", ["-c", "import ensurepip, venv"], { reject: false }).exitCode === 0;

/** Whether that Python is one that the pinned packages of the example are made for. */
export const hasPythonOfExample =
  hasPython &&
  execaSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"], { reject: false }).exitCode === 0;

/**
 * A Python with the packages in requirements files: a virtual environment beside the sandbox's tools, which is kept until
 * the requirements change.
 *
 * @param name Name of its folder.
 * @returns The path of its interpreter.
 */
export async function pythonWithPackages(
  name = "python",
  requirements: readonly string[] = [path.join(__dirname, "../clients/requirements.txt")],
): Promise<string> {
  const folder = path.join(toolsFolder, name);
  const python = path.join(folder, "bin/python");
  const installed = path.join(folder, "requirements.txt");
  const wanted = requirements.map((file) => fs.readFileSync(file, "utf8")).join("");
  if (!fs.existsSync(installed) || fs.readFileSync(installed, "utf8") !== wanted) {
    await execa("python3", ["-m", "venv", "--clear", folder]);
    // No package that is not listed, and none that runs code of its own to be built.
    const pinned = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"];
    const files = requirements.flatMap((file) => ["--requirement", file]);
    await execa(python, ["-m", "pip", "install", "--quiet", ...pinned, ...files]);
    fs.writeFileSync(installed, wanted);
  }
  return python;
}
