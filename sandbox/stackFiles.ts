import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { projectFolder } from "./paths";
import { UserError } from "./userError";

/** Config of a stack as Pulumi.<stack>.yaml holds it: `project:key` to a value. */
export type StackFileConfig = Record<string, unknown>;

/** Names of the stacks: those that have a Pulumi.<stack>.yaml. */
export function stackNames(): string[] {
  const names = fs.readdirSync(projectFolder).map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1]);
  return names.filter((name) => name !== undefined);
}

/**
 * Reads the config of a stack.
 *
 * @throws {UserError} If there is no such stack, or its file is no YAML.
 */
export function readStackFile(stack: string): StackFileConfig {
  if (!stackNames().includes(stack)) {
    throw new UserError(`There is no stack "${stack}"; the stacks are ${stackNames().join(", ")}.`);
  }
  const name = `Pulumi.${stack}.yaml`;
  try {
    const content = yaml.parse(fs.readFileSync(path.join(projectFolder, name), "utf8")) as { config?: StackFileConfig };
    return content?.config ?? {};
  } catch (error) {
    throw new UserError(`${name} is not YAML: ${(error as Error).message.trim()}`);
  }
}

/**
 * Has the databases of a stack installed from the stand-in charts in sandbox/charts, where the config names no chart of
 * its own.
 */
export function withStandInCharts(config: StackFileConfig): StackFileConfig {
  const standIn = (key: string, version: string): StackFileConfig => {
    const database = config[key] as { inCluster?: { chart?: unknown } } | undefined;
    if (typeof database?.inCluster !== "object" || database.inCluster.chart) {
      return {};
    }
    const chart = { reference: `./sandbox/charts/${key.split(":")[1]}`, version };
    return { [key]: { ...database, inCluster: { ...database.inCluster, chart } } };
  };
  return {
    ...config,
    ...standIn("flask-app:postgresql", "12.12.10"),
    ...standIn("flask-app:redis", "17.17.1"),
  };
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
