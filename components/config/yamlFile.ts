import * as fs from "fs";
import { CORE_SCHEMA, load } from "js-yaml";

/**
 * Reads a YAML file, by the library that the SDK has loaded already: to load another takes longer than to read the chart's
 * values. A date is a text, as for Helm and Pulumi.
 *
 * @throws {Error} If there is no such file, or it is no YAML; the message's first line says what is wrong, and where.
 */
export function readYaml(file: string): unknown {
  return load(fs.readFileSync(file, "utf8"), { schema: CORE_SCHEMA });
}
