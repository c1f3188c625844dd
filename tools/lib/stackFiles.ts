import * as fs from "fs";
import * as path from "path";
import { readYaml } from "../../components/config/yamlFile";
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

/** Names of the stacks: those that have a Pulumi.<stack>.yaml in the project's folder. */
export function stackNames(folder = projectFolder): string[] {
  const names = fs.readdirSync(folder).map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1]);
  return names.filter((name) => name !== undefined);
}

/**
 * Reads the file of a stack.
 *
 * @throws {UserError} If there is no such stack, or its file cannot be read as YAML.
 */
export function readStackFile(stack: string, folder = projectFolder): StackFile {
  if (!stackNames(folder).includes(stack)) {
    throw new UserError(`There is no stack "${stack}"; the stacks are ${stackNames(folder).join(", ")}.`);
  }
  const name = `Pulumi.${stack}.yaml`;
  try {
    const content = readYaml(path.join(folder, name)) as Partial<StackFile> | null;
    return { ...content, config: content?.config ?? {} };
  } catch (error) {
    throw new UserError(`${name} cannot be read: ${(error as Error).message.trim()}`);
  }
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
