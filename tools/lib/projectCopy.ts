import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { projectFolder } from "./paths";

/**
 * Copies the program, its chart and its tools into a new temporary folder. The packages and the built tools are shared
 * with the original by symbolic links.
 *
 * @returns The folder. The caller removes it.
 */
export function copyProject(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-copy-"));
  for (const name of fs.readdirSync(projectFolder)) {
    if (/^(chart|components|example|sandbox|tools|index\.ts|package\.json|tsconfig\.json|Pulumi\..*)$/.test(name)) {
      fs.cpSync(path.join(projectFolder, name), path.join(folder, name), { recursive: true });
    }
  }
  for (const name of ["node_modules", ".tools"]) {
    fs.symlinkSync(path.join(projectFolder, name), path.join(folder, name));
  }
  return folder;
}

/** The environment of a machine without the Pulumi CLI, and with a KUBECONFIG that leads nowhere. */
export function withoutPulumi(): NodeJS.ProcessEnv {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const kept = folders.filter((folder) => !fs.existsSync(path.join(folder, "pulumi")));
  return { ...process.env, PATH: kept.join(path.delimiter), KUBECONFIG: "/nonexistent/somebody-elses-cluster" };
}
