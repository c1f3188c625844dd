import * as fs from "fs";
import * as path from "path";
import { dereference } from "@apidevtools/json-schema-ref-parser";
import { postgresqlImage } from "../../components/postgresql";
import { redisImage } from "../../components/redis";
import { ImageSource } from "../../components/config/config.generated";
import { markdownTable, pageText } from "../../tools/lib/markdown";
import { projectFolder } from "../../tools/lib/paths";
import { assertGenerated } from "../helpers/generated";

const page = path.join(projectFolder, "docs/configuration.md");

/** The parts of a JSON Schema that the tables show, without references. */
interface Schema {
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

/** Keys at the top level whose own keys have a table or a page of their own. */
const elsewhere = ["app", "postgresql", "redis", "postgresql.inCluster.values", "redis.inCluster.values"];

describe("docs/configuration.md", () => {
  // After `<!-- keys X -->`, a table of the keys below X in `config.schema.json`, or without X of all keys; after
  // `<!-- excerpt FILE X -->`, that part of a stack file.
  it("has the keys of config.schema.json, and excerpts of stack files, between its markers", async () => {
    const schema = await dereference<Schema>(path.join(projectFolder, "components/config/config.schema.json"), {
      // A description next to a reference takes precedence.
      dereference: { preservedProperties: ["description"] },
    });
    const text = await pageText(page, {
      keys: (key) => markdownTable([["key", "type", "default", "meaning"], ...keyRows(schema, key)]),
      excerpt: (file, key) => `\`\`\`yaml\n${excerpt(file, key)}\`\`\``,
    });
    assertGenerated(page, text);
  });
});

/** A row for each key below a key such as `redis.inCluster`, and for the keys of the objects in it. */
function keyRows(root: Schema, parent: string): string[][] {
  const steps = parent.split(".").filter(Boolean);
  const { properties = {}, required = [] } = steps.reduce((object, name) => object.properties![name], root);
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = [...steps, name].join(".");
    const value = defaults[key] ?? (schema.default === undefined ? undefined : JSON.stringify(schema.default));
    const shownDefault = value === undefined ? (required.includes(name) ? "required" : "") : `\`${value}\``;
    const row = [`\`${key}\``, typeOf(schema), shownDefault, meaning(schema)];
    return [row, ...(elsewhere.includes(key) ? [] : keyRows(root, key))];
  });
}

function typeOf({ type, enum: values, minimum, maximum, items }: Schema): string {
  if (values) {
    return values.map((value) => `\`${value}\``).join(", ");
  }
  if (type === "array") {
    return `list of ${typeOf(items!)}s`;
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
  const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
  const [block] = new RegExp(`^  flask-app:${key}:\\n(?:   .*\\n)*`, "m").exec(text)!;
  return block.replace(/^  /gm, "");
}
