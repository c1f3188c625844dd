import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { projectFolder } from "./paths";
import { UserError } from "./userError";

/** Config of a stack as Pulumi.<stack>.yaml holds it: `project:key` to a value. */
export type StackFileConfig = Record<string, unknown>;

/** Content of a Pulumi.<stack>.yaml. */
export interface StackFile {
  config: StackFileConfig;
  /** How its encrypted values are encrypted, if it has any. */
  encryptionsalt?: string;
  secretsprovider?: string;
  encryptedkey?: string;
}

/** Names of the stacks: those that have a Pulumi.<stack>.yaml. */
export function stackNames(): string[] {
  const names = fs.readdirSync(projectFolder).map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1]);
  return names.filter((name) => name !== undefined);
}

/**
 * Reads the file of a stack.
 *
 * @throws {UserError} If there is no such stack, or its file is no YAML.
 */
export function readStackFile(stack: string): StackFile {
  if (!stackNames().includes(stack)) {
    throw new UserError(`There is no stack "${stack}"; the stacks are ${stackNames().join(", ")}.`);
  }
  const name = `Pulumi.${stack}.yaml`;
  try {
    const content = yaml.parse(fs.readFileSync(path.join(projectFolder, name), "utf8")) as Partial<StackFile> | null;
    return { ...content, config: content?.config ?? {} };
  } catch (error) {
    throw new UserError(`${name} is not YAML: ${(error as Error).message.trim()}`);
  }
}

/** Databases whose config names no chart of its own, so that the program takes the Bitnami chart. */
function bitnamiDatabases(config: StackFileConfig): string[] {
  return Object.keys(standInVersions).filter((key) => {
    const database = config[key] as { inCluster?: { chart?: unknown } } | undefined;
    return typeof database?.inCluster === "object" && database.inCluster !== null && !database.inCluster.chart;
  });
}

/** Versions of the charts in sandbox/charts: those of the Bitnami charts that they stand in for. */
const standInVersions: Record<string, string> = {
  "flask-app:postgresql": "12.12.10",
  "flask-app:redis": "17.17.1",
};

/** Whether a stack takes charts from the Bitnami registry. */
export function needsBitnamiCharts({ config }: StackFile): boolean {
  return bitnamiDatabases(config).length > 0;
}

/** Has the databases that would come from the Bitnami registry installed from the stand-in charts in sandbox/charts. */
export function withStandInCharts(file: StackFile): StackFile {
  const standIns = bitnamiDatabases(file.config).map((key) => {
    const { inCluster } = file.config[key] as { inCluster: object };
    const chart = { reference: `./sandbox/charts/${key.split(":")[1]}`, version: standInVersions[key] };
    return [key, { inCluster: { ...inCluster, chart } }];
  });
  return { ...file, config: { ...file.config, ...(Object.fromEntries(standIns) as StackFileConfig) } };
}

/**
 * Config as the engine hands it to a program: every value a text, objects as JSON.
 *
 * @throws {UserError} If a value is encrypted: only the Pulumi CLI has the key.
 */
export function toProgramConfig(config: StackFileConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (/"secure":/.test(text)) {
        throw new UserError(`${key} holds an encrypted value, which only the Pulumi CLI can read: install the CLI.`);
      }
      return [key, text];
    }),
  );
}
