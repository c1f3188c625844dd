import * as assert from "assert/strict";
import { spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import * as yaml from "yaml";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { kubeconfigFile } from "../../tools/lib/paths";
import { setUpSandbox } from "../../sandbox/setUp";
import { readStackFile, StackFileConfig } from "../../tools/lib/stackFiles";
import { findTool } from "../../tools/lib/binaries";
import { has } from "../helpers/describeWith";
import { api, CommandResult, Project, readSecret, withoutPulumi } from "../helpers/project";

/** Namespace of the dev stack, which every drill deploys. */
export const namespace = "development";

/** One way to deploy dev to the tests' sandbox, from a copy of the project. */
export interface Driver {
  readonly name: string;
  readonly project: Project;
  /** Prepares the sandbox and the copy, without deploying dev. */
  begin(): Promise<void>;
  /** Deploys. */
  up(env?: NodeJS.ProcessEnv): Promise<CommandResult>;
  /** Deploys in its own process group, and sends that a signal when `until` is fulfilled. */
  cutOff(until: Promise<unknown>, signal: NodeJS.Signals): Promise<void>;
  /** Does what the runbook says to do after an interrupted run, until a run succeeds; undefined if none does. */
  recover(): Promise<CommandResult | undefined>;
  /** What a deployment that changes nothing prints. */
  readonly unchanged: RegExp;
  /** Removes dev, with its data. */
  destroy(): Promise<void>;
  /** Removes the copy of the project. */
  end(): void;
}

/** Sets the config of dev to that of the checkout, with a change. */
export function configure(driver: Driver, change: (config: StackFileConfig) => void = () => undefined): void {
  const file = path.join(driver.project.folder, "Pulumi.dev.yaml");
  const { encryptionsalt } = fs.existsSync(file)
    ? (yaml.parse(fs.readFileSync(file, "utf8")) as { encryptionsalt?: string })
    : {};
  const { config } = withStandInCharts(readStackFile("dev"));
  change(config);
  fs.writeFileSync(file, yaml.stringify({ ...(encryptionsalt && { encryptionsalt }), config }));
}

/** Changes values of the app's chart. */
export function configureApp(driver: Driver, change: object): void {
  configure(driver, (config) => Object.assign(config["flask-app:app"] as object, change));
}

/** Checks that a command failed with a message, and without a stack trace. */
export function assertFailsWith({ exitCode, output }: CommandResult, expected: RegExp): void {
  assert.notEqual(exitCode, 0, output);
  assert.match(output, expected);
  assert.doesNotMatch(output, /\n +at .*:\d+:\d+\)?\n/, "shows a stack trace");
}

/** Waits until the app's Deployment has the annotation `drill` for its pods. Helm is waiting for them then. */
export async function upgradeHasBegun(drill: string): Promise<void> {
  const deployment = { namespace, name: "flask-dev-flask-app" };
  for (;;) {
    const { spec } = await api(k8s.AppsV1Api).readNamespacedDeployment(deployment);
    if (spec?.template.metadata?.annotations?.drill === drill) {
      return;
    }
    await sleep(100);
  }
}

/** What must never be lost: the passwords of the databases, and the ids of the volumes that hold their data. */
export async function keptData(): Promise<Record<string, string>> {
  const secrets = await Promise.all(
    ["flask-dev-postgresql-auth", "flask-dev-redis-auth"].map((name) => readSecret(namespace, name)),
  );
  const { items } = await api(k8s.CoreV1Api).listNamespacedPersistentVolumeClaim({ namespace });
  const claims = items.map(({ metadata }) => [metadata!.name!, metadata!.uid!] as const);
  return { ...Object.assign({}, ...secrets), ...Object.fromEntries(claims) } as Record<string, string>;
}

/** `npm start` without the Pulumi CLI on PATH. */
export class InProcess implements Driver {
  readonly name = "npm start, in process";
  readonly unchanged = /nothing changed/;
  project!: Project;

  begin(): Promise<void> {
    this.project = Project.copy();
    return setUpSandbox(new AbortController().signal).then(() => undefined);
  }

  up(): Promise<CommandResult> {
    return this.project.run(["start"]);
  }

  async cutOff(until: Promise<unknown>, signal: NodeJS.Signals): Promise<void> {
    await cutOff("node", ["tools/run.cjs", "start"], until, signal, this.project.folder, {
      ...withoutPulumi(),
      FLASK_APP_SANDBOX: this.project.sandbox,
    });
  }

  async recover(): Promise<CommandResult | undefined> {
    for (let tries = 0; tries < 20; tries++) {
      const result = await this.up();
      if (result.exitCode === 0) {
        return result;
      }
      // A command that was killed holds the sandbox's lock for 10 seconds.
      if (!result.output.includes("Another command is working on this sandbox")) {
        return undefined;
      }
      await sleep(1000);
    }
    return undefined;
  }

  async destroy(): Promise<void> {
    const { exitCode, output } = await this.project.run(["destroy"]);
    if (exitCode !== 0) {
      throw new Error(output);
    }
  }

  end(): void {
    this.project.remove();
  }
}

/** The Pulumi CLI, with a state in a folder of its own. */
export class PulumiCli implements Driver {
  readonly name = "pulumi up";
  readonly unchanged = /\d+ unchanged\n\nDuration/;
  project!: Project;
  private env: NodeJS.ProcessEnv = {};

  async begin(): Promise<void> {
    this.project = Project.copy();
    fs.mkdirSync(this.state);
    const helm = await findTool("helm");
    this.env = {
      // The commands that the program prints call Helm by its name.
      PATH: [path.dirname(helm!), process.env.PATH].join(path.delimiter),
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${this.state}`,
      PULUMI_CONFIG_PASSPHRASE: "of a state that the test removes",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    await setUpSandbox(new AbortController().signal);
    await this.pulumi(["stack", "init", "dev"]);
  }

  /** Folder of the state. */
  get state(): string {
    return path.join(this.project.folder, "state");
  }

  up(env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    return this.pulumi(upArgs, env);
  }

  async cutOff(until: Promise<unknown>, signal: NodeJS.Signals): Promise<void> {
    await cutOff("pulumi", upArgs, until, signal, this.project.folder, { ...process.env, ...this.env });
  }

  async recover(): Promise<CommandResult | undefined> {
    let env = {};
    for (let tries = 0; tries < 10; tries++) {
      const result = await this.up(env);
      const commands = result.output.match(/^ +helm (rollback|uninstall) .*$/gm) ?? [];
      if (result.exitCode === 0) {
        return result;
      } else if (/the stack is currently locked|unexpected end of JSON input/.test(result.output)) {
        await this.pulumi(["cancel", "--yes"]);
      } else if (result.output.includes(": PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up --stack dev")) {
        env = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };
      } else if (commands.length > 0) {
        for (const command of new Set(commands)) {
          await this.sh(command);
        }
      } else {
        console.log(result.output);
        return undefined;
      }
    }
    return undefined;
  }

  async destroy(): Promise<void> {
    const { exitCode, output } = await this.pulumi(["destroy", "--yes", "--skip-preview"]);
    if (exitCode !== 0) {
      throw new Error(output);
    }
  }

  end(): void {
    this.project.remove();
  }

  /** Runs a command of a shell as a user of the stack. */
  async sh(command: string): Promise<CommandResult> {
    const options = { cwd: this.project.folder, env: this.env, all: true, reject: false } as const;
    const { exitCode, all } = await execa("sh", ["-c", command], options);
    return { exitCode: exitCode ?? -1, output: all };
  }

  /** Runs the CLI on the dev stack. */
  async pulumi(args: string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const { exitCode, all } = await execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.project.folder,
      env: { ...this.env, ...env },
      all: true,
      reject: false,
    });
    return { exitCode: exitCode ?? -1, output: all };
  }
}

/** The ways to deploy that work on this machine. */
export function allDrivers(): Driver[] {
  return has("pulumi") ? [new InProcess(), new PulumiCli()] : [new InProcess()];
}

/** `pulumi up` of dev, without a prompt. */
export const upArgs = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", "dev"];

async function cutOff(
  command: string,
  args: string[],
  until: Promise<unknown>,
  signal: NodeJS.Signals,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await Promise.race([until, ended]);
  if (child.exitCode === null) {
    process.kill(-child.pid!, signal);
  }
  await ended;
}
