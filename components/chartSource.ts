import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import ignore from "ignore";
import * as yaml from "yaml";
import { ChartSource } from "./config.generated";

/** The inputs of a `helm.v3.Release` that say which chart it deploys. */
export interface ReleaseChart {
  chart: string;
  version: string;
  /** Shown by `helm history`; holds a local chart's digest. */
  description: string;
}

/**
 * Says how a Release names a chart.
 *
 * A Release compares its inputs, never the files of a local chart (pulumi-kubernetes #2649): an edited template would
 * deploy nothing. So a local chart's digest goes into `description`, which is an input.
 *
 * @param source An `oci://` reference, or a folder relative to the project's (`./chart`): an absolute path would show
 *   a diff in every other checkout. The folder must exist.
 * @throws {pulumi.RunError} If the chart in the folder has another version.
 */
export function releaseChart(source: ChartSource): ReleaseChart {
  const { reference, version } = source;
  if (reference.startsWith("oci://")) {
    return { chart: reference, version, description: `${path.posix.basename(reference)} ${version}` };
  }
  const chart = localChart(reference);
  if (chart.version !== version) {
    throw new pulumi.RunError(`The chart in ${reference} has version ${chart.version}, not ${version}.`);
  }
  return { chart: reference, version, description: `${chart.name} ${version} (${chartDigest(reference)})` };
}

/**
 * Reads the name and version of a local chart.
 *
 * @param folder Folder of the chart, relative to the working directory, which Pulumi sets to the project's.
 */
export function localChart(folder: string): { name: string; version: string } {
  return yaml.parse(fs.readFileSync(path.join(folder, "Chart.yaml"), "utf8")) as { name: string; version: string };
}

/**
 * Digest of all that Helm packages of a local chart: the path and content of each file that .helmignore leaves in.
 *
 * @returns `sha256:` and the first 16 hexadecimal digits.
 */
export function chartDigest(folder: string): string {
  const helmignore = path.join(folder, ".helmignore");
  const ignored = ignore()
    // Helm leaves these out whatever the file says.
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
  return `sha256:${hash.digest("hex").slice(0, 16)}`;
}
