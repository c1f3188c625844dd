import * as fs from "fs";
import { CORE_SCHEMA, load } from "js-yaml";

/**
 * Reads a YAML file. It uses the library that the SDK has loaded already: loading another one takes longer than reading
 * the chart's values. Dates stay strings, as for Helm and Pulumi.
 *
 * @throws {Error} If the file is missing or is not valid YAML. The message says what is wrong, and where.
 */
export function readYaml(file: string): unknown {
  const text = fs.readFileSync(file, "utf8");
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    // The lines after the first show a part of the file, which may contain a password.
    throw new Error((error as Error).message.split("\n")[0]);
  }
}
