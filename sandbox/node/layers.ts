import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { layersFolder } from "./nodeTools";

/** A layer of an image. */
export interface Layer {
  /** Path of the tar. */
  file: string;
  /** Hexadecimal SHA-256 of the tar. */
  digest: string;
  /** Digest of the inputs that it was built from. */
  key: string;
}

/** How many layers of one name are kept: the newest, and some that another sandbox may be loading. */
const keptLayers = 3;

/**
 * Builds a layer, unless one of the same inputs is there. Of the layers of the same name it keeps those used last.
 *
 * @param inputs Everything that the content of the layer depends on.
 * @param fill Writes the layer's files into a folder.
 */
export async function buildLayer(
  name: string,
  inputs: string[],
  fill: (folder: string) => Promise<void>,
  interrupt: AbortSignal,
): Promise<Layer> {
  const key = crypto.hash("sha256", JSON.stringify(inputs)).slice(0, 16);
  let built = layersOf(name).find((file) => file.includes(`-${key}-`));
  if (!built) {
    const folder = fs.mkdtempSync(path.join(layersFolder, `${name}-`));
    const part = `${folder}.part`;
    try {
      fs.chmodSync(folder, 0o755);
      await fill(folder);
      await packFolder(folder, part, interrupt);
      const { stdout } = await execa("sha256sum", [part], { cancelSignal: interrupt });
      built = path.join(layersFolder, `${name}-${key}-${stdout.split(" ")[0]}.tar`);
      fs.renameSync(part, built);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.rmSync(part, { force: true });
    }
  }
  const now = new Date();
  fs.utimesSync(built, now, now);
  layersOf(name)
    .slice(keptLayers)
    .forEach((file) => fs.rmSync(file));
  return { file: built, digest: /-([0-9a-f]{64})\.tar$/.exec(built)![1], key };
}

/** Unpacks a layer into a folder. */
export async function unpackLayer(layer: Layer, folder: string, interrupt: AbortSignal): Promise<void> {
  await execa("tar", ["--extract", "--file", layer.file, "--directory", folder], { cancelSignal: interrupt });
}

/** Files of the layers of a name, which end with the digests of their inputs and of their content: the last used first. */
function layersOf(name: string): string[] {
  const files = fs
    .readdirSync(layersFolder)
    .filter((file) => new RegExp(`^${name}-[0-9a-f]{16}-[0-9a-f]{64}\\.tar$`).test(file))
    .map((file) => path.join(layersFolder, file));
  return files.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
}

/** Packs a folder reproducibly: the tar does not depend on the owner of the files or the time they were written. */
async function packFolder(folder: string, file: string, interrupt: AbortSignal): Promise<void> {
  const reproducible = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  const tar = ["--create", "--file", file, ...reproducible, "--directory", folder, "."];
  await execa("tar", tar, { cancelSignal: interrupt });
}
