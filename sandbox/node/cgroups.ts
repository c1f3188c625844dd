import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { execa } from "execa";
import { stateFolder } from "../../tools/lib/paths";

const mountPoint = "/sys/fs/cgroup";

/** Name of the control group that all pods of this sandbox are in. */
export const cgroupName = `flask-app-${crypto.hash("sha256", stateFolder).slice(0, 12)}`;

/** Creates the sandbox's control group in each hierarchy. */
export function createCgroups(): void {
  for (const root of hierarchies()) {
    const folder = path.join(root, cgroupName);
    fs.mkdirSync(folder, { recursive: true });
    // In version 1, no process can join a group that has no processors and memory assigned.
    for (const file of ["cpuset.mems", "cpuset.cpus"].filter((name) => fs.existsSync(path.join(root, name)))) {
      fs.writeFileSync(path.join(folder, file), fs.readFileSync(path.join(root, file)));
    }
  }
}

/** Removes the sandbox's control groups, if there are any. All processes in them must have ended. */
export async function removeCgroups(): Promise<void> {
  for (const folder of hierarchies().map((root) => path.join(root, cgroupName))) {
    // A process that has ended stays in its group for a moment.
    for (let attempt = 0; fs.existsSync(folder) && attempt < 100; attempt += 1) {
      // Only the folders: the files in them cannot be deleted, and are no hindrance.
      await execa("find", [folder, "-depth", "-type", "d", "-delete"], { reject: false });
      await sleep(50);
    }
  }
}

/** The root folder of each hierarchy: one in version 2, one for each controller in version 1. */
function hierarchies(): string[] {
  if (!fs.existsSync(mountPoint) || fs.existsSync(path.join(mountPoint, "cgroup.controllers"))) {
    return fs.existsSync(mountPoint) ? [mountPoint] : [];
  }
  const folders = fs.readdirSync(mountPoint).map((name) => fs.realpathSync(path.join(mountPoint, name)));
  return [...new Set(folders)].filter((folder) => fs.existsSync(path.join(folder, "cgroup.procs")));
}
