import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../../tools/lib/paths";
import { rethrowCommandError } from "../commandError";
import { libraryFolders } from "./debianPackages";
import { buildLayer, Layer, unpackLayer } from "./layers";
import { layersFolder } from "./nodeTools";

const exampleFolder = path.join(projectFolder, "example");
const readExample = (file: string) => fs.readFileSync(path.join(exampleFolder, file), "utf8");

/**
 * Builds the layers that example/Dockerfile adds to Python: the packages, the model, which it trains, and the code.
 *
 * @param system Layer that holds Python.
 * @throws {UserError} If a package cannot be downloaded, or training fails.
 */
export async function buildExampleLayers(system: Layer, interrupt: AbortSignal): Promise<Layer[]> {
  const packages = await buildLayer(
    "example-packages",
    [readExample("requirements.txt"), system.key],
    async (folder) => {
      const target = path.join(folder, "packages");
      const options = ["--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--target", target];
      await runPython([system], interrupt, (root) => {
        const wheels = path.join(root, "usr/share/python-wheels");
        const pip = fs.readdirSync(wheels).find((name) => /^pip-.*\.whl$/.test(name))!;
        return [path.join(wheels, pip, "pip"), "install", ...options, "--requirement", "requirements.txt"];
      });
      setInterpreter(path.join(target, "bin"));
    },
    interrupt,
  );
  const model = await buildLayer(
    "example-model",
    [readExample("flaskml/model.py"), readExample("flaskml/train.py"), packages.key],
    (folder) =>
      runPython([system, packages], interrupt, () => [
        "-m",
        "flaskml.train",
        path.join(folder, "app/model/model.joblib"),
      ]),
    interrupt,
  );
  const files = ["wsgi.py", "gunicorn.conf.py", ...filesIn("flaskml"), ...filesIn("migrations")];
  const code = await buildLayer(
    "example-code",
    files.flatMap((file) => [file, readExample(file)]),
    (folder) => {
      for (const file of files) {
        fs.cpSync(path.join(exampleFolder, file), path.join(folder, "app", file));
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

/**
 * Runs the Python in some layers, in the folder of the example, on this machine: it has the machine's network and
 * certificates.
 *
 * @param argumentsIn Makes its arguments from the folder that the layers are unpacked into.
 */
async function runPython(
  layers: Layer[],
  interrupt: AbortSignal,
  argumentsIn: (root: string) => string[],
): Promise<void> {
  const root = fs.mkdtempSync(path.join(layersFolder, "root-"));
  try {
    for (const layer of layers) {
      await unpackLayer(layer, root, interrupt);
    }
    // With the C library of the layers: that of the machine may be older.
    const loader = fs.readdirSync(path.join(root, "lib64")).find((name) => name.startsWith("ld-linux"))!;
    const interpreter = fs.readdirSync(path.join(root, "usr/bin")).find((name) => /^python3\.\d+$/.test(name))!;
    const python = ["--library-path", libraryFolders(root).join(":"), path.join(root, "usr/bin", interpreter)];
    await execa(fs.realpathSync(path.join(root, "lib64", loader)), [...python, ...argumentsIn(root)], {
      cwd: exampleFolder,
      env: {
        PYTHONHOME: path.join(root, "usr"),
        PYTHONPATH: path.join(root, "packages"),
        PYTHONNOUSERSITE: "1",
        PYTHONDONTWRITEBYTECODE: "1",
      },
      cancelSignal: interrupt,
    });
  } catch (error) {
    rethrowCommandError(error, (lines) => {
      const cause = lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.at(-1);
      return `The image of example/ cannot be built: ${cause}`;
    });
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

/** Makes scripts run with the image's Python. pip wrote the path of the Python that ran it. */
function setInterpreter(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/^#!.*/, "#!/usr/bin/python3"));
  }
}
