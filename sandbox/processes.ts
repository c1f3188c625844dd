import { ChildProcess, spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { execaSync } from "execa";
import { projectFolder } from "../tools/lib/paths";

/**
 * Background processes of one folder, which is their working folder. `<name>.pid` holds the process id, `<name>.log` the
 * output of each.
 *
 * Every command line must name a file in the folder. It tells these processes from others that got the same process id
 * later, for example after a restart of the machine.
 */
export class BackgroundProcesses {
  constructor(private readonly folder: string) {}

  /**
   * Starts a program that outlives this process.
   *
   * @param channel Whether to open a channel for messages to it (`stdio: "ipc"` of `child_process`).
   */
  start(name: string, binary: string, args: string[], channel = false): ChildProcess {
    const log = fs.openSync(this.logFile(name), "a", 0o600);
    // The shell writes its own id before it becomes the program, so the id is known even if this process is killed here.
    const command = ["-c", 'umask 077; echo $$ >"$0" && exec "$@"', this.pidFile(name), binary, ...args];
    const child = spawn("sh", command, {
      cwd: this.folder,
      // ts-node would look for its configuration from the working folder on.
      env: { ...process.env, TS_NODE_PROJECT: path.join(projectFolder, "tsconfig.json") },
      detached: true,
      stdio: ["ignore", log, log, ...(channel ? ["ipc" as const] : [])],
    });
    fs.closeSync(log);
    child.on("error", (error) => fs.appendFileSync(this.logFile(name), `${error.message}\n`));
    if (child.pid !== undefined) {
      fs.writeFileSync(this.pidFile(name), String(child.pid), { mode: 0o600 });
    }
    child.unref();
    return child;
  }

  /** Names of the processes that were started and not stopped, whether they are alive or not. */
  started(): string[] {
    const files = fs.existsSync(this.folder) ? fs.readdirSync(this.folder) : [];
    return files.filter((file) => file.endsWith(".pid")).map((file) => file.slice(0, -".pid".length));
  }

  /** Id of a process; undefined if it is not alive. */
  processId(name: string): number | undefined {
    const file = this.pidFile(name);
    const pid = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : 0;
    return this.isOurs(pid) ? pid : undefined;
  }

  /** The last lines that a process printed. */
  lastOutput(name: string, lines = 3): string {
    const log = this.logFile(name);
    return fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n").slice(-lines).join("\n") : "";
  }

  /** Stops a process, or all of them, and returns when they are gone. */
  async stop(name?: string): Promise<void> {
    const names = name === undefined ? this.started() : [name];
    const pids = names.map((started) => this.processId(started)).filter((pid) => pid !== undefined);
    pids.forEach((pid) => signal(pid, "SIGTERM"));
    await Promise.all(
      pids.map(async (pid) => {
        for (let waited = 0; this.isOurs(pid); waited += 50) {
          // No process of the sandbox needs longer to stop cleanly.
          if (waited === 3000) {
            signal(pid, "SIGKILL");
          }
          await sleep(50);
        }
      }),
    );
    names.forEach((stopped) => fs.rmSync(this.pidFile(stopped), { force: true }));
  }

  private isOurs(pid: number): boolean {
    return pid > 0 && commandLine(pid).includes(this.folder + path.sep);
  }

  private pidFile(name: string): string {
    return path.join(this.folder, `${name}.pid`);
  }

  private logFile(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }
}

/** Command line of a process; empty if there is no process of that id, or it has ended and is not reaped yet. */
export function commandLine(pid: number): string {
  if (fs.existsSync("/proc/self/cmdline")) {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  }
  return execaSync("ps", ["-o", "command=", "-p", String(pid)], { reject: false }).stdout;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
