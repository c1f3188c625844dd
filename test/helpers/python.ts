import * as fs from "fs";
import * as path from "path";
import { execa, execaSync } from "execa";
import { toolsFolder } from "../../tools/lib/paths";

const canRun = (code: string) => execaSync("python3", ["-c", code], { reject: false }).exitCode === 0;

/** Whether there is a Python that can create virtual environments. Debian has `venv` in a package of its own. */
export const hasPython = canRun("import ensurepip, venv");

/** Whether that Python can run the packages that the example pins. */
export const hasPythonOfExample = hasPython && canRun("import sys; sys.exit(sys.version_info < (3, 11))");

/**
 * Creates a virtual environment with the packages in requirements files. It is kept in `.tools` until they change.
 *
 * @param name Name of its folder.
 * @returns Path of its Python.
 */
export async function pythonWithPackages(name: string, requirements: readonly string[]): Promise<string> {
  const folder = path.join(toolsFolder, name);
  const python = path.join(folder, "bin/python");
  const installed = path.join(folder, "requirements.txt");
  const wanted = requirements.map((file) => fs.readFileSync(file, "utf8")).join("");
  if (!fs.existsSync(installed) || fs.readFileSync(installed, "utf8") !== wanted) {
    await execa("python3", ["-m", "venv", "--clear", folder]);
    // No package that is not listed, and none that has to be built, which would run code of its own.
    const pinned = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"];
    const files = requirements.flatMap((file) => ["--requirement", file]);
    await execa(python, ["-m", "pip", "install", "--quiet", ...pinned, ...files]);
    fs.writeFileSync(installed, wanted);
  }
  return python;
}
