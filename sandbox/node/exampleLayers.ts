import * as fs from "fs";
import * as path from "path";
import { execa, ExecaError } from "execa";
import { projectFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";
import { Layer, makeLayer, nodeLayersFolder, unpackLayer } from "./layers";

const exampleFolder = path.join(projectFolder, "example");
const requirements = path.join(exampleFolder, "requirements.txt");

/**
 * Makes the layers that the example's image adds to Python, as example/Dockerfile says: its packages, the model, which is
 * trained here, and its code.
 *
 * @param system Layers that hold Python.
 * @throws {UserError} If a package cannot be had, or the model cannot be trained.
 */
export async function buildExample(system: Layer[], interrupt: AbortSignal): Promise<Layer[]> {
  const systemKeys = system.map(({ key }) => key);
  const packages = await makeLayer(
    "example-packages",
    [fs.readFileSync(requirements, "utf8"), ...systemKeys],
    (folder) =>
      withPython(system, interrupt, async (python) => {
        const wheels = path.join(python.root, "usr/share/python-wheels");
        const pip = fs.readdirSync(wheels).find((name) => /^pip-.*\.whl$/.test(name))!;
        const target = path.join(folder, "packages");
        const options = ["--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--target", target];
        await python.run([path.join(wheels, pip, "pip"), "install", ...options, "--requirement", requirements]);
        mendInterpreters(path.join(target, "bin"));
      }),
    interrupt,
  );
  const sources = ["model.py", "train.py"].map((name) => path.join(exampleFolder, "flaskml", name));
  const model = await makeLayer(
    "example-model",
    [...sources.map((file) => fs.readFileSync(file, "utf8")), packages.key],
    (folder) =>
      withPython([...system, packages], interrupt, async (python) => {
        const env = { PYTHONPATH: path.join(python.root, "packages"), PYTHONDONTWRITEBYTECODE: "1" };
        await python.run(["-m", "flaskml.train", path.join(folder, "app/model/model.joblib")], env);
      }),
    interrupt,
  );
  const files = ["wsgi.py", "gunicorn.conf.py", ...filesIn("flaskml"), ...filesIn("migrations")];
  const code = await makeLayer(
    "example-code",
    files.flatMap((file) => [file, fs.readFileSync(path.join(exampleFolder, file), "utf8")]),
    (folder) => {
      for (const file of files) {
        fs.mkdirSync(path.dirname(path.join(folder, "app", file)), { recursive: true });
        fs.copyFileSync(path.join(exampleFolder, file), path.join(folder, "app", file));
      }
      return Promise.resolve();
    },
    interrupt,
  );
  return [packages, model, code];
}

function filesIn(folder: string): string[] {
  const entries = fs.readdirSync(path.join(exampleFolder, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => path.relative(exampleFolder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** The Python of the layers, at work. */
interface Python {
  /** Folder that the layers are unpacked in. */
  root: string;
  run: (args: string[], env?: Record<string, string>) => Promise<void>;
}

/** Runs the Python of some layers in this system, with its network and its certificates. */
async function withPython(
  layers: Layer[],
  interrupt: AbortSignal,
  use: (python: Python) => Promise<void>,
): Promise<void> {
  const root = fs.mkdtempSync(path.join(nodeLayersFolder, "root-"));
  try {
    for (const layer of layers) {
      await unpackLayer(layer, root, interrupt);
    }
    // With its own C library: the system's may be an older one.
    const libraries = ["lib", "usr/lib"].map((name) => path.join(root, name));
    const folders = libraries.flatMap((folder) => [folder, ...architectureFolders(folder)]);
    const loader = fs.readdirSync(path.join(root, "lib64")).find((name) => name.startsWith("ld-linux"))!;
    const interpreter = fs.readdirSync(path.join(root, "usr/bin")).find((name) => /^python3\.\d+$/.test(name))!;
    const command = ["--library-path", folders.join(":"), path.join(root, "usr/bin", interpreter)];
    await use({
      root,
      run: async (args, env = {}) => {
        await execa(fs.realpathSync(path.join(root, "lib64", loader)), [...command, ...args], {
          cwd: exampleFolder,
          env: { ...env, PYTHONHOME: path.join(root, "usr"), PYTHONNOUSERSITE: "1" },
          cancelSignal: interrupt,
        });
      },
    });
  } catch (error) {
    if (error instanceof ExecaError && !error.isCanceled) {
      const lines = String(error.stderr).trim().split("\n");
      const cause = lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.at(-1);
      throw new UserError(`The example's image cannot be made: ${cause}`);
    }
    throw error;
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

function architectureFolders(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith("-linux-gnu"))
    .map((name) => path.join(folder, name));
}

/** Scripts that were installed here name the Python of here. */
function mendInterpreters(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/^#!.*/, "#!/usr/bin/python3"));
  }
}
