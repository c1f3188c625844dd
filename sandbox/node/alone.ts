import * as fs from "fs";
import * as path from "path";
import * as lockfile from "proper-lockfile";
import { nodeLayersFolder } from "./layers";
import { nodeToolsFolder } from "./packages";

/**
 * Runs what fills the folder of the node's tools while no other sandbox does so, after it has removed what one that was
 * killed left half-done.
 */
export async function alone<T>(fill: () => Promise<T>): Promise<T> {
  fs.mkdirSync(nodeLayersFolder, { recursive: true });
  const release = await lockfile.lock(nodeToolsFolder, { retries: { retries: 600, minTimeout: 500, maxTimeout: 500 } });
  try {
    removeUnfinished(nodeToolsFolder, /^download-|\.part$/);
    removeUnfinished(nodeLayersFolder, /^[a-z-]+-[A-Za-z0-9]{6}$|\.part$/);
    return await fill();
  } finally {
    await release();
  }
}

function removeUnfinished(folder: string, pattern: RegExp): void {
  for (const name of fs.readdirSync(folder).filter((entry) => pattern.test(entry))) {
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
