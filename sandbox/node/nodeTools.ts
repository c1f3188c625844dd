import * as fs from "fs";
import * as path from "path";
import * as lockfile from "proper-lockfile";
import { toolsFolder } from "../../tools/lib/paths";

/** What the real node is made of. `npm stop` keeps it, and every sandbox of this checkout shares it. */
export const nodeToolsFolder = path.join(toolsFolder, "node");
/** The layers of the images. */
export const layersFolder = path.join(nodeToolsFolder, "layers");

/**
 * Runs a function that writes to {@link nodeToolsFolder}, while no other sandbox does. First it removes the layers that a
 * process that was killed left unfinished.
 */
export async function withNodeToolsLock<T>(write: () => Promise<T>): Promise<T> {
  fs.mkdirSync(layersFolder, { recursive: true });
  const release = await lockfile.lock(nodeToolsFolder, { retries: { retries: 600, minTimeout: 500, maxTimeout: 500 } });
  try {
    const unfinished = fs.readdirSync(layersFolder).filter((name) => /^[a-z-]+-[A-Za-z0-9]{6}(\.part)?$/.test(name));
    unfinished.forEach((name) => fs.rmSync(path.join(layersFolder, name), { recursive: true }));
    return await write();
  } finally {
    await release();
  }
}
