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

/** Compiled when it is needed, which is for production alone. */
let validate: ValidateFunction<FlaskAppValues> | undefined;

/**
 * Reads what production is compared with. Encrypted values, which only the staging stack's engine can read, are left
 * out, as if the chart's default stood there.
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
    // It is neither YAML nor JSON.
  }
  throw new Refusal(
    `${path.basename(file)} is not valid, so that production cannot be compared with it; run: pulumi preview --stack staging`,
  );
}

function isValid(app: unknown): app is FlaskAppValues {
  validate ??= newValidator().compile<FlaskAppValues>(chartSchema);
  // A value may be missing because it is encrypted; `if` only repeats that.
  return validate(app) || validate.errors!.every(({ keyword }) => keyword === "required" || keyword === "if");
}

/** The value without `secure: …`, which stands for an encrypted value wherever it is. */
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
