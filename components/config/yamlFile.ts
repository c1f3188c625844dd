import * as fs from "fs";
import { CORE_SCHEMA, load } from "js-yaml";

/**
 * Reads a YAML file. It uses the library that the SDK has loaded already: loading another one takes longer than reading
 * the chart's values. Dates stay strings, as for Helm and Pulumi.
 *
 * @throws {Error} If the file is missing or is not valid YAML. The first line of the message says what is wrong, and where.
 */
export function readYaml(file: string): unknown {
  return load(fs.readFileSync(file, "utf8"), { schema: CORE_SCHEMA });
}
