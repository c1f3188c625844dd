import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import ignore from "ignore";
import { ChartSource } from "./config/config.generated";
import { Refusal } from "./config/refusal";
import { readYaml } from "./config/yamlFile";

/** The inputs of a `helm.v3.Release` that select its chart. */
export interface ReleaseChart {
  chart: string;
  version: string;
  /** Shown by `helm history`. Contains the chart's digest, if there is one. */
  description: string;
}

/**
 * Builds the inputs that select a chart.
 *
 * A Release compares its inputs, not the files of a local chart (pulumi-kubernetes #2649), so an edited template would not
 * be deployed. That is why a local chart's digest is part of `description`, which is an input.
 *
 * @param source An `oci://` reference, with or without a digest, or a folder relative to the project's (`./chart`). An
 *   absolute path would show a diff in every other checkout.
 * @throws {Refusal} If the folder cannot be read or its chart has another version.
 */
export function releaseChart(source: ChartSource): ReleaseChart {
  const { reference, version } = source;
  if (reference.startsWith("oci://")) {
    const [address, digest] = reference.split("@");
    const description = `${path.posix.basename(address)} ${version}`;
    return { chart: reference, version, description: digest ? `${description} (${shortDigest(digest)})` : description };
  }
  const chart = localChart(reference);
  if (chart.version !== version) {
    throw new Refusal(`The chart in ${reference} has version ${chart.version}, not ${version}.`);
  }
  return { chart: reference, version, description: `${chart.name} ${version} (${chartDigest(reference)})` };
}

/**
 * Reads the name and version of a local chart.
 *
 * @param folder Folder of the chart, relative to the working directory, which is the project's folder under Pulumi.
 * @throws {Refusal} If its Chart.yaml cannot be read.
 */
export function localChart(folder: string): { name: string; version: string } {
  const file = path.join(folder, "Chart.yaml");
  try {
    return readYaml(file) as { name: string; version: string };
  } catch (error) {
    const [problem] = (error as Error).message.split("\n");
    throw new Refusal(`${file} cannot be read: ${problem}`);
  }
}

/**
 * Digest of what Helm would package of a local chart: the path and content of every file that .helmignore does not
 * exclude.
 *
 * @returns `sha256:` and the first 16 hexadecimal digits.
 */
export function chartDigest(folder: string): string {
  const helmignore = path.join(folder, ".helmignore");
  const ignored = ignore()
    // Helm always ignores these.
    .add("templates/.?*")
    .add(fs.existsSync(helmignore) ? fs.readFileSync(helmignore, "utf8") : "");
  const hash = crypto.createHash("sha256");
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .filter((file) => !ignored.ignores(file))
    .sort();
  for (const file of files) {
    const content = fs.readFileSync(path.join(folder, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return shortDigest(`sha256:${hash.digest("hex")}`);
}

function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 16);
}
