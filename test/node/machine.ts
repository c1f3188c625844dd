import * as fs from "fs";
import { execaSync } from "execa";
import { cgroupName } from "../../sandbox/node/cgroups";
import { commandLine, processIds } from "../helpers/listeners";

/** The parts of a machine that a sandbox must not change. */
export interface MachineState {
  interfaces: string[];
  mounts: string[];
  /** The control groups of the tests' sandbox. */
  cgroups: string[];
  /** When the installed packages last changed. */
  packages: string;
  settings: string[];
}

/** The current state of the machine. */
export function machineState(): MachineState {
  const lines = (file: string) => fs.readFileSync(file, "utf8").trim().split("\n");
  const cgroups = execaSync("find", ["/sys/fs/cgroup", "-type", "d", "-name", cgroupName], { reject: false });
  const settings = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward"];
  const status = "/var/lib/dpkg/status";
  return {
    interfaces: fs.readdirSync("/sys/class/net").sort(),
    mounts: lines("/proc/self/mounts").sort(),
    cgroups: cgroups.stdout.split("\n").sort(),
    packages: fs.existsSync(status) ? String(fs.statSync(status).mtimeMs) : "",
    settings: settings.map((name) => `${name} ${lines(`/proc/sys/${name}`).join()}`),
  };
}

/** Command lines of the processes whose arguments name a file in a folder. */
export function processesOf(folder: string): string[] {
  return processIds(folder).map((pid) => commandLine(pid).replaceAll("\0", " "));
}
