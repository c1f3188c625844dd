import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import * as k8s from "@kubernetes/client-node";
import * as yaml from "yaml";
import { sandboxClient } from "../../sandbox/controlPlane";
import { projectFolder, stateFolder } from "../../tools/lib/paths";

/** How a command ended, and all it printed. */
export interface CommandResult {
  exitCode: number;
  output: string;
}

/** The project, or a copy of it that a test may edit, and the sandbox that its commands work on. */
export class Project {
  constructor(
    readonly folder: string = projectFolder,
    readonly sandbox: string = stateFolder,
  ) {}

  /** Copies what the program and its sandbox consist of; packages and tools are shared. */
  static copy(sandbox: string = stateFolder): Project {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-copy-"));
    for (const name of fs.readdirSync(projectFolder)) {
      if (/^(chart|components|example|sandbox|tools|index\.ts|package\.json|tsconfig\.json|Pulumi\..*)$/.test(name)) {
        fs.cpSync(path.join(projectFolder, name), path.join(folder, name), { recursive: true });
      }
    }
    for (const name of ["node_modules", ".tools"]) {
      fs.symlinkSync(path.join(projectFolder, name), path.join(folder, name));
    }
    return new Project(folder, sandbox);
  }

  /** Starts a command of tools/cli.ts, as the npm scripts do. */
  spawn(args: string[], env: NodeJS.ProcessEnv = withoutPulumi()) {
    return execa("node", ["tools/run.cjs", ...args], {
      cwd: this.folder,
      env: { ...env, FLASK_APP_SANDBOX: this.sandbox },
      extendEnv: false,
      all: true,
      reject: false,
    });
  }

  /** Runs a command of tools/cli.ts to its end. */
  async run(args: string[], env?: NodeJS.ProcessEnv): Promise<CommandResult> {
    const { exitCode, all } = await this.spawn(args, env);
    return { exitCode: exitCode ?? -1, output: all };
  }

  /** Replaces a text of one of the project's files. */
  edit(file: string, from: string, to: string): void {
    const name = path.join(this.folder, file);
    const before = fs.readFileSync(name, "utf8");
    if (!before.includes(from)) {
      throw new Error(`${file} does not hold ${JSON.stringify(from)}`);
    }
    fs.writeFileSync(name, before.replace(from, to));
  }

  /** Changes the config of a stack. */
  configure(stack: string, change: (config: Record<string, unknown>) => void): void {
    const file = path.join(this.folder, `Pulumi.${stack}.yaml`);
    const content = yaml.parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    change(content.config);
    fs.writeFileSync(file, yaml.stringify(content));
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The environment of a machine without the Pulumi CLI, and with a KUBECONFIG that leads nowhere. */
export function withoutPulumi(): NodeJS.ProcessEnv {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const kept = folders.filter((folder) => !fs.existsSync(path.join(folder, "pulumi")));
  return { ...process.env, PATH: kept.join(path.delimiter), KUBECONFIG: "/nonexistent/somebody-elses-cluster" };
}

/** Values of a Secret in the tests' sandbox, as they are. */
export async function readSecret(namespace: string, name: string): Promise<Record<string, string>> {
  const { data = {} } = await api(k8s.CoreV1Api).readNamespacedSecret({ namespace, name });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** A client of one API group of the tests' sandbox. */
export function api<T extends k8s.ApiType>(type: new (config: k8s.Configuration) => T): T {
  return sandboxClient().makeApiClient(type);
}
