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
  const file = path.join(layersFolder, `${name}-${key}.tar`);
  const digestFile = `${file}.sha256`;
  if (!fs.existsSync(digestFile)) {
    fs.mkdirSync(layersFolder, { recursive: true });
    const folder = fs.mkdtempSync(path.join(layersFolder, `${name}-`));
    fs.chmodSync(folder, 0o755);
    try {
      await fill(folder);
      await packFolder(folder, `${file}.part`, interrupt);
      fs.renameSync(`${file}.part`, file);
      // Written last, so a layer without it is one that was interrupted.
      fs.writeFileSync(digestFile, await digestOfFile(file));
      removeOldLayers(name);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.rmSync(`${file}.part`, { force: true });
    }
  }
  const now = new Date();
  fs.utimesSync(digestFile, now, now);
  return { file, digest: fs.readFileSync(digestFile, "utf8"), key };
}

/** Unpacks a layer into a folder. */
export async function unpackLayer(layer: Layer, folder: string, interrupt: AbortSignal): Promise<void> {
  await execa("tar", ["--extract", "--file", layer.file, "--directory", folder], { cancelSignal: interrupt });
}

function removeOldLayers(name: string): void {
  const digestFiles = fs
    .readdirSync(layersFolder)
    .filter((entry) => new RegExp(`^${name}-[0-9a-f]{16}\\.tar\\.sha256$`).test(entry))
    .map((entry) => path.join(layersFolder, entry))
    .map((file) => ({ file, used: fs.statSync(file).mtimeMs }))
    .sort((a, b) => b.used - a.used)
    .map(({ file }) => file);
  for (const digestFile of digestFiles.slice(keptLayers)) {
    // Removed first: a layer without it is never used.
    fs.rmSync(digestFile);
    fs.rmSync(digestFile.replace(/\.sha256$/, ""), { force: true });
  }
}

/** Packs a folder reproducibly: the tar does not depend on the owner of the files or the time they were written. */
async function packFolder(folder: string, file: string, interrupt: AbortSignal): Promise<void> {
  const reproducible = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  const tar = ["--create", "--file", file, ...reproducible, "--directory", folder, "."];
  await execa("tar", tar, { cancelSignal: interrupt });
}

async function digestOfFile(file: string): Promise<string> {
  const hash = crypto.createHash("sha256");
  for await (const chunk of fs.createReadStream(file)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
