import { ChildProcess, spawn } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { execaSync } from "execa";

/**
 * Background processes of one folder: each one's process id is kept in `<name>.pid`, its output in `<name>.log`.
 *
 * Every command line must name a file in the folder: by that a process is told from a stranger that got the same id
 * after a restart of the machine.
 */
export class BackgroundProcesses {
  constructor(private readonly folder: string) {}

  /**
   * Starts a program that outlives this process.
   *
   * @param channel Whether it gets a channel to this process, as `child_process` has it.
   */
  start(name: string, binary: string, args: string[], channel = false): ChildProcess {
    const log = fs.openSync(this.logFile(name), "a", 0o600);
    const pidFile = path.join(this.folder, `${name}.pid`);
    // The program notes its own id before it begins: so it is known even if this process is killed right here.
    const command = ["-c", 'umask 077; echo $$ >"$0" && exec "$@"', pidFile, binary, ...args];
    const child = spawn("sh", command, {
      detached: true,
      stdio: ["ignore", log, log, ...(channel ? ["ipc" as const] : [])],
    });
    fs.closeSync(log);
    child.on("error", (error) => fs.appendFileSync(this.logFile(name), `${error.message}\n`));
    if (child.pid !== undefined) {
      fs.writeFileSync(pidFile, String(child.pid), { mode: 0o600 });
    }
    child.unref();
    return child;
  }

  /** Names of the programs that were started and live. */
  running(): string[] {
    return this.processIds()
      .filter(({ pid }) => this.isOurs(pid))
      .map(({ name }) => name);
  }

  /** Names of the programs that were started, whether they live or not. */
  recorded(): string[] {
    return this.processIds().map(({ name }) => name);
  }

  /** What a program printed last. */
  lastOutput(name: string, lines = 3): string {
    const log = this.logFile(name);
    return fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n").slice(-lines).join("\n") : "";
  }

  /** Id of a program that was started; undefined if it does not live. */
  processId(name: string): number | undefined {
    return this.processIds().find((process) => process.name === name && this.isOurs(process.pid))?.pid;
  }

  /** Ends a program, if it lives, and forgets it. */
  async stopOne(name: string): Promise<void> {
    await this.stop((process) => process === name);
    fs.rmSync(path.join(this.folder, `${name}.pid`), { force: true });
  }

  /** Ends every program that was started, or those whose names are wanted, and returns when all are gone. */
  async stop(isWanted: (name: string) => boolean = () => true): Promise<void> {
    const processes = this.processIds().filter(({ name, pid }) => isWanted(name) && this.isOurs(pid));
    for (const { pid } of processes) {
      signal(pid, "SIGTERM");
    }
    await Promise.all(
      processes.map(async ({ pid }) => {
        for (let waited = 0; this.isOurs(pid); waited += 50) {
          // Nothing in the sandbox is worth a graceful end that takes longer.
          if (waited === 3000) {
            signal(pid, "SIGKILL");
          }
          await sleep(50);
        }
      }),
    );
  }

  private processIds(): { name: string; pid: number }[] {
    const files = fs.existsSync(this.folder) ? fs.readdirSync(this.folder).filter((file) => file.endsWith(".pid")) : [];
    return files.map((file) => ({
      name: file.slice(0, -".pid".length),
      pid: Number(fs.readFileSync(path.join(this.folder, file), "utf8")),
    }));
  }

  private isOurs(pid: number): boolean {
    return pid > 0 && commandLine(pid).includes(this.folder + path.sep);
  }

  private logFile(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }
}

/** Command line of a process; empty if there is none of that id, or it has ended and only waits for its parent. */
function commandLine(pid: number): string {
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
