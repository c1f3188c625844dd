import * as fs from "fs";
import * as path from "path";
import { ValidateFunction } from "ajv";
import chartSchema from "../../chart/values.schema.json";
import { withChartDefaults } from "../config/chartValues";
import { FlaskAppValues } from "../config/config.generated";
import { Baseline } from "./guardedStack";
import { Refusal } from "../config/refusal";
import { newValidator } from "../config/validator";
import { readYaml } from "../config/yamlFile";

/** Compiled only when needed, which is for production. */
let validate: ValidateFunction<FlaskAppValues> | undefined;

/**
 * Reads what production is compared with. Encrypted values, which only staging's own engine can read, count as the
 * chart's defaults.
 *
 * @param project Name of the project, which is the namespace of its config keys.
 * @param file The staging stack's file.
 * @returns Undefined if there is no such file.
 * @throws {Refusal} If the file is not valid.
 */
export function readStaging(
  project: string,
  file: string = path.join(__dirname, "../../Pulumi.staging.yaml"),
): Baseline | undefined {
  if (!fs.existsSync(file)) {
    return undefined;
  }
  try {
    const content = withoutEncrypted(readYaml(file)) as { config?: object } | null | undefined;
    const config = { ...content?.config } as Record<string, unknown>;
    const app = config[`${project}:app`] ?? {};
    // `pulumi config set` without --path writes an object as the JSON that it was given.
    const values: unknown = typeof app === "string" ? JSON.parse(app) : app;
    if (isValid(values)) {
      return { podSecurity: config[`${project}:podSecurity`] as string | undefined, app: withChartDefaults(values) };
    }
  } catch {
    // Neither YAML nor JSON.
  }
  throw new Refusal(
    `${path.basename(file)} is not valid, so production cannot be compared with it; run: pulumi preview --stack staging`,
  );
}

function isValid(app: unknown): app is FlaskAppValues {
  validate ??= newValidator().compile<FlaskAppValues>(chartSchema);
  // A value may be missing because it is encrypted. An `if` error only repeats that.
  return validate(app) || validate.errors!.every(({ keyword }) => keyword === "required" || keyword === "if");
}

/** The value without encrypted values, which are objects with the key `secure`. */
function withoutEncrypted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutEncrypted).filter((item) => item !== undefined);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, item]) => [key, withoutEncrypted(item)] as const);
  return "secure" in value ? undefined : Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}
