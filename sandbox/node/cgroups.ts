import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { stateFolder } from "../../tools/lib/paths";
import { digestOf } from "./digest";

const mountPoint = "/sys/fs/cgroup";

/** Name of the control group, below each root, that all pods of this sandbox are in. */
export const cgroupName = `flask-app-${digestOf(stateFolder).slice(0, 12)}`;

/** Makes the sandbox's control groups. */
export function makeCgroups(): void {
  for (const root of roots()) {
    const folder = path.join(root, cgroupName);
    fs.mkdirSync(folder, { recursive: true });
    // Version 1: until a group has processors and memory, no process can be in it.
    for (const file of ["cpuset.mems", "cpuset.cpus"].filter((name) => fs.existsSync(path.join(root, name)))) {
      fs.writeFileSync(path.join(folder, file), fs.readFileSync(path.join(root, file)));
    }
  }
}

/** Removes the sandbox's control groups, if there are any, once all processes in them have ended. */
export async function removeCgroups(): Promise<void> {
  for (const folder of roots().map((root) => path.join(root, cgroupName))) {
    // A process that has ended stays in its group for a moment.
    for (let attempt = 0; fs.existsSync(folder) && !removeTree(folder) && attempt < 100; attempt += 1) {
      await sleep(50);
    }
  }
}

/** The root of each hierarchy: one in version 2, one for each controller in version 1. */
function roots(): string[] {
  if (!fs.existsSync(mountPoint) || fs.existsSync(path.join(mountPoint, "cgroup.controllers"))) {
    return fs.existsSync(mountPoint) ? [mountPoint] : [];
  }
  const folders = fs.readdirSync(mountPoint).map((name) => fs.realpathSync(path.join(mountPoint, name)));
  return [...new Set(folders)].filter((folder) => fs.existsSync(path.join(folder, "cgroup.procs")));
}

/** Removes a group and those in it; false if one is still in use. */
function removeTree(folder: string): boolean {
  try {
    const children = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const removed = children.map(({ name }) => removeTree(path.join(folder, name)));
    if (removed.includes(false)) {
      return false;
    }
    fs.rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
