import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as k8s from "@kubernetes/client-node";
import * as yaml from "yaml";
import { sandboxClient } from "../../sandbox/controlPlane";
import { projectFolder, stateFolder } from "../../tools/lib/paths";
import { copyProject, withoutPulumi } from "../../tools/lib/projectCopy";

export { withoutPulumi };

/** How a command ended, and everything it printed. */
export interface CommandResult {
  exitCode: number;
  output: string;
}

/** The project, or a copy of it that a test may edit, and the sandbox its commands use. */
export class Project {
  constructor(
    readonly folder: string = projectFolder,
    readonly sandbox: string = stateFolder,
  ) {}

  /** A copy that a test may edit. */
  static copy(sandbox: string = stateFolder): Project {
    return new Project(copyProject(), sandbox);
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

  /** Replaces some text in one of the project's files. */
  edit(file: string, from: string, to: string): void {
    const name = path.join(this.folder, file);
    const before = fs.readFileSync(name, "utf8");
    if (!before.includes(from)) {
      throw new Error(`${file} does not contain ${JSON.stringify(from)}`);
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

/** The decoded values of a Secret in the tests' sandbox. */
export async function readSecret(namespace: string, name: string): Promise<Record<string, string>> {
  const { data = {} } = await api(k8s.CoreV1Api).readNamespacedSecret({ namespace, name });
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** A client for one API group of the tests' sandbox. */
export function api<T extends k8s.ApiType>(type: new (config: k8s.Configuration) => T): T {
  return sandboxClient().makeApiClient(type);
}
