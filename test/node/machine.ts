import * as fs from "fs";
import { execaSync } from "execa";
import { cgroupName } from "../../sandbox/node/cgroups";
import { commandLine } from "../helpers/listeners";

/** What of a machine a sandbox must leave as it was. */
export interface Machine {
  interfaces: string[];
  mounts: string[];
  /** Those of the tests' sandbox. */
  cgroups: string[];
  /** The packages that are installed, and when that changed last. */
  packages: string;
  settings: string[];
}

/** The machine as it is now. */
export function machine(): Machine {
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

/** Command lines of the processes that have to do with a folder. */
export function processesOf(folder: string): string[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => commandLine(Number(pid)).replaceAll("\0", " "))
    .filter((line) => line.includes(folder));
}
