import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import chartSchema from "../../chart/values.schema.json";
import stackSchema from "../../components/config/config.schema.json";
import { postgresqlImage } from "../../components/postgresql";
import { redisImage } from "../../components/redis";
import { ImageSource } from "../../components/config/config.generated";
import { projectFolder } from "../lib/paths";

/** The page whose tables this module writes. */
export const configurationPage = path.join(projectFolder, "docs/configuration.md");

/** The parts of a JSON Schema that the tables show. */
interface Schema {
  $ref?: string;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}

/** Defaults that are not in the schema because other files hold them, by their paths in the config. */
const defaults: Record<string, string> = {
  "postgresql.inCluster.image": imageName(postgresqlImage),
  "redis.inCluster.image": imageName(redisImage),
};

/**
 * The page with everything between its markers written again: `<!-- keys of X -->` … `<!-- end -->` holds a table of the
 * keys below X in `config.schema.json`, and `<!-- X in Pulumi.production.yaml -->` … `<!-- end -->` that part of the file.
 */
export async function configurationText(): Promise<string> {
  const text = fs
    .readFileSync(configurationPage, "utf8")
    .replace(/(<!-- keys of (\S+) -->).*?(<!-- end -->)/gs, (_, begin: string, key: string, end: string) =>
      [begin, keyTable(key), end].join("\n\n"),
    )
    .replace(/(<!-- (\S+) in (Pulumi\.\w+\.yaml) -->).*?(<!-- end -->)/gs, (_, begin, key, file, end) =>
      [begin, `\`\`\`yaml\n${excerpt(String(file), String(key))}\`\`\``, end].join("\n\n"),
    );
  const style = await prettier.resolveConfig(configurationPage);
  return prettier.format(text, { ...style, filepath: configurationPage });
}

/** A Markdown table of the keys below a key; `stack` stands for the top level. */
function keyTable(key: string): string {
  const root = stackSchema as Schema;
  const rows =
    key === "stack" ? keyRows(root, "", false) : keyRows(key.split(".").reduce(childOf, root), `${key}.`, true);
  return [["key", "type", "default", "meaning"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** A row for each key of an object; with `deep`, also for the keys of the objects in it. */
function keyRows(object: Schema, prefix: string, deep: boolean): string[][] {
  return Object.keys(object.properties ?? {}).flatMap((name) => {
    const schema = childOf(object, name);
    const key = prefix + name;
    const missing = object.required?.includes(name) ? "required" : "";
    const value = defaults[key] ?? (schema.default === undefined ? missing : JSON.stringify(schema.default));
    const row = [`\`${key}\``, typeOf(schema), value && value !== "required" ? `\`${value}\`` : value, meaning(schema)];
    const isShown = deep || name === "rotation";
    return [row, ...(isShown && schema.properties ? keyRows(schema, `${key}.`, true) : [])];
  });
}

function childOf(object: Schema, name: string): Schema {
  return resolved(object.properties![name]);
}

/** A schema in place of a reference to it. A description next to the reference takes precedence. */
function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) {
    return schema;
  }
  const [file, pointer = ""] = schema.$ref.split("#");
  const steps = pointer.split("/").filter(Boolean);
  const document: unknown = file === "" ? stackSchema : chartSchema;
  const target = steps.reduce((value, step) => (value as Record<string, unknown>)[step], document) as Schema;
  const { description } = schema;
  return { ...resolved(target), ...(description && { description }) };
}

function typeOf({ type, enum: values, minimum, maximum, items }: Schema): string {
  if (values) {
    return values.map((value) => `\`${value}\``).join(", ");
  }
  if (type === "array") {
    return `list of ${typeOf(resolved(items!))}s`;
  }
  if (type === "integer" && minimum !== undefined) {
    return maximum === undefined ? `integer, at least ${minimum}` : `integer, ${minimum} to ${maximum}`;
  }
  return type ?? "string or number";
}

function meaning({ description = "" }: Schema): string {
  // `oci://…` and `libpq's` stay as they are.
  return description
    .replace(/^[a-z]+(?=[ -])/, (word) => word.charAt(0).toUpperCase() + word.slice(1))
    .replace(/\.$/, "")
    .replaceAll("<", "&lt;");
}

function imageName({ registry, repository, tag }: ImageSource): string {
  return `${registry ? `${registry}/` : ""}${repository}:${tag}`;
}

/** A key of a stack file with all that is below it, as the file has it. */
function excerpt(file: string, key: string): string {
  const lines = fs.readFileSync(path.join(projectFolder, file), "utf8").split("\n");
  const first = lines.findIndex((line) => line.startsWith(`  flask-app:${key}:`));
  const length = lines.slice(first + 1).findIndex((line) => !line.startsWith("   "));
  const block = lines.slice(first, length < 0 ? undefined : first + 1 + length);
  return block.map((line) => `${line.slice(2)}\n`).join("");
}

if (require.main === module) {
  void configurationText().then((text) => fs.writeFileSync(configurationPage, text));
}
