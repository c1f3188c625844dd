import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { digestOf } from "./digest";
import { nodeToolsFolder } from "./packages";

/** A layer of an image: a tar, and the digest of its content. */
export interface Layer {
  file: string;
  digest: string;
  /** Stands for what the layer is made of. */
  key: string;
}

/** Where layers are kept, and made. */
export const nodeLayersFolder = path.join(nodeToolsFolder, "layers");

/** How many layers of a name stay: the newest, and those that another sandbox may be loading. */
const kept = 3;

/**
 * Makes a layer, or takes the one that was made of the same before. Of those of the same name, some that were not used
 * for the longest time go.
 *
 * @param inputs Texts that tell what the layer is made of.
 * @param fill Writes the layer's files into a folder.
 */
export async function makeLayer(
  name: string,
  inputs: string[],
  fill: (folder: string) => Promise<void>,
  interrupt: AbortSignal,
): Promise<Layer> {
  const key = digestOf(JSON.stringify(inputs)).slice(0, 16);
  const file = path.join(nodeLayersFolder, `${name}-${key}.tar`);
  const digestFile = `${file}.sha256`;
  if (!fs.existsSync(digestFile)) {
    fs.mkdirSync(nodeLayersFolder, { recursive: true });
    const folder = fs.mkdtempSync(path.join(nodeLayersFolder, `${name}-`));
    fs.chmodSync(folder, 0o755);
    try {
      await fill(folder);
      await packFolder(folder, `${file}.part`, interrupt);
      fs.renameSync(`${file}.part`, file);
      // Written last: a layer without it was interrupted.
      fs.writeFileSync(digestFile, await digestOfFile(file));
      removeOld(name);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.rmSync(`${file}.part`, { force: true });
    }
  }
  const now = new Date();
  fs.utimesSync(digestFile, now, now);
  return { file, digest: fs.readFileSync(digestFile, "utf8"), key };
}

function removeOld(name: string): void {
  const digestFiles = fs
    .readdirSync(nodeLayersFolder)
    .filter((entry) => new RegExp(`^${name}-[0-9a-f]{16}\\.tar\\.sha256$`).test(entry))
    .map((entry) => path.join(nodeLayersFolder, entry))
    .map((file) => ({ file, used: fs.statSync(file).mtimeMs }))
    .sort((a, b) => b.used - a.used)
    .map(({ file }) => file);
  for (const digestFile of digestFiles.slice(kept)) {
    // First, so that a layer without it is never taken for a whole one.
    fs.rmSync(digestFile);
    fs.rmSync(digestFile.replace(/\.sha256$/, ""), { force: true });
  }
}

/** Unpacks a layer into a folder. */
export async function unpackLayer(layer: Layer, folder: string, interrupt: AbortSignal): Promise<void> {
  await execa("tar", ["--extract", "--file", layer.file, "--directory", folder], { cancelSignal: interrupt });
}

/** The same files make the same tar, whoever owns them here and whenever they were written. */
async function packFolder(folder: string, file: string, interrupt: AbortSignal): Promise<void> {
  const alike = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
  await execa("tar", ["--create", "--file", file, ...alike, "--directory", folder, "."], { cancelSignal: interrupt });
}

async function digestOfFile(file: string): Promise<string> {
  const hash = crypto.createHash("sha256");
  for await (const chunk of fs.createReadStream(file)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
