import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { rethrowCommandError } from "../commandError";
import { Image } from "./images";
import { enterScript, nodeFolder } from "./linuxNamespaces";

const loadedFile = path.join(nodeFolder, "images.json");

/** References of the images that containerd has, the newest last. Empty until the first images are all loaded. */
export function loadedImages(): string[] {
  return fs.existsSync(loadedFile) ? (JSON.parse(fs.readFileSync(loadedFile, "utf8")) as string[]) : [];
}

/**
 * Loads images into containerd, except those that it has.
 *
 * @throws {UserError} If containerd refuses them.
 */
export async function loadImages(images: Image[], interrupt: AbortSignal): Promise<void> {
  const loaded = loadedImages();
  const missing = images.filter(({ reference }) => !loaded.includes(reference));
  if (missing.length > 0) {
    await importImages(missing, interrupt);
    fs.writeFileSync(loadedFile, JSON.stringify([...loaded, ...missing.map(({ reference }) => reference)]));
  }
}

/** Writes the images in the format of `docker save`, and imports that. */
async function importImages(images: Image[], interrupt: AbortSignal): Promise<void> {
  const archive = fs.mkdtempSync(path.join(nodeFolder, "archive-"));
  try {
    const manifest = images.map(({ reference, layers, config }) => {
      const content = JSON.stringify({
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config,
        rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
      });
      const configName = `${crypto.hash("sha256", content)}.json`;
      fs.writeFileSync(path.join(archive, configName), content);
      const layerNames = layers.map(({ digest, file }) => {
        const link = path.join(archive, `${digest}.tar`);
        if (!fs.existsSync(link)) {
          fs.symlinkSync(file, link);
        }
        return path.basename(link);
      });
      return { Config: configName, RepoTags: [reference], Layers: layerNames };
    });
    fs.writeFileSync(path.join(archive, "manifest.json"), JSON.stringify(manifest));
    await execa("tar", ["--create", "--dereference", "--directory", archive, "."], {
      buffer: false,
      cancelSignal: interrupt,
    }).pipe(enterScript, ["ctr", "images", "import", "-"], { cancelSignal: interrupt });
  } catch (error) {
    rethrowCommandError(error, (lines) => `The images cannot be loaded: ${lines.at(-1)}`);
  } finally {
    fs.rmSync(archive, { recursive: true, force: true });
  }
}
