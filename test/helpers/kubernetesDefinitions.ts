import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { pinnedVersion } from "../../tools/lib/binaries";
import { manifestsFolder, toolsModule } from "../../tools/lib/paths";

/** A JSON Schema with the extensions of Kubernetes. */
export interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  format?: string;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  [keyword: string]: unknown;
}

/** Schemas of Kubernetes objects. */
export interface KubernetesSchemas {
  /** By API version and kind, such as `apps/v1/Deployment`. */
  kinds: Record<string, Schema>;
  /** What the kinds refer to, by its name in Kubernetes. */
  definitions: Record<string, Schema>;
}

interface CustomResourceDefinition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** Names the fields that tell the items of a list apart. */
const listMapKeys = "x-kubernetes-list-map-keys";
const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
/** The pattern in generated CRDs; the OpenAPI document of Kubernetes accepts any string. */
const quantityPattern =
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

/** The Kubernetes version that sandbox/go pins, such as `v1.37.2`. */
export const pinnedKubernetes = pinnedVersion("k8s.io/kubernetes");

/**
 * The schemas of all kinds of a Kubernetes version and of the sandbox's CRDs, as strict as the API server.
 *
 * @param version Version of Kubernetes, such as `v1.37.2`.
 */
export async function strictSchemas(version: string): Promise<KubernetesSchemas> {
  const definitions = await kubernetesDefinitions(version);
  definitions[quantity] = { type: ["string", "number"], pattern: quantityPattern };
  const kinds: Record<string, Schema> = {};
  for (const [name, { "x-kubernetes-group-version-kind": names = [] }] of Object.entries(definitions)) {
    // A definition with many kinds holds the options of an API call, not an object.
    if (names.length === 1) {
      const [{ group, version, kind }] = names;
      kinds[`${group ? `${group}/` : ""}${version}/${kind}`] = reference(name);
    }
  }
  for (const { spec } of customResourceDefinitions()) {
    for (const { name, schema } of spec.versions) {
      const properties = { ...schema.openAPIV3Schema.properties, metadata: reference(objectMeta) };
      kinds[`${spec.group}/${name}/${spec.names.kind}`] = { ...schema.openAPIV3Schema, properties };
    }
  }
  return { kinds: mapValues(kinds, toStrict), definitions: mapValues(definitions, toStrict) };
}

/** The definitions in the OpenAPI document of a Kubernetes version, which comes with its Go module. */
async function kubernetesDefinitions(version: string): Promise<Record<string, Schema>> {
  const { stdout } = await execa("go", ["mod", "download", "-json", `k8s.io/kubernetes@${version}`], {
    cwd: toolsModule,
    env: { GOFLAGS: "-mod=readonly", GOWORK: "off" },
  });
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string };
  const swagger = fs.readFileSync(path.join(folder, "api/openapi-spec/swagger.json"), "utf8");
  return (JSON.parse(swagger) as { definitions: Record<string, Schema> }).definitions;
}

function customResourceDefinitions(): CustomResourceDefinition[] {
  const folder = path.join(manifestsFolder, "crds");
  return fs
    .readdirSync(folder)
    .map((file) => yaml.parse(fs.readFileSync(path.join(folder, file), "utf8")) as CustomResourceDefinition);
}

function reference(definition: string): Schema {
  return { $ref: `#/definitions/${definition}` };
}

/**
 * A schema that refuses unknown fields, as the API server does with `fieldValidation=Strict`, without what validation does
 * not need. Two items of a list may not have the same keys. Of the formats, only base64 does: the others name Go's number types, which `type` covers.
 */
function toStrict(schema: Schema): Schema {
  const { properties, items, additionalProperties, format } = schema;
  if (schema["x-kubernetes-int-or-string"] || format === "int-or-string") {
    return { type: ["integer", "string"], ...(schema.pattern ? { pattern: schema.pattern } : {}) };
  }
  const dropped = format === "byte" ? /^(description|default|x-.*)$/ : /^(description|default|format|x-.*)$/;
  const strict: Schema = Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => keyword === listMapKeys || !dropped.test(keyword)),
  );
  if (properties) {
    strict.properties = mapValues(properties, toStrict);
    strict.additionalProperties ??= schema["x-kubernetes-preserve-unknown-fields"] ?? false;
  }
  if (typeof additionalProperties === "object") {
    strict.additionalProperties = toStrict(additionalProperties);
  }
  if (items) {
    strict.items = toStrict(items);
  }
  return strict;
}

function mapValues<T, U>(object: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
