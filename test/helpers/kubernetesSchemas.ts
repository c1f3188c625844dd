import * as fs from "fs";
import * as path from "path";
import Ajv, { ErrorObject, ValidateFunction } from "ajv";
import { execa } from "execa";
import * as yaml from "yaml";
import { Manifest } from "../../components/checks/manifestFaults";
import { manifestsFolder, toolsModule } from "../../tools/lib/paths";
import { pinnedVersion } from "../../tools/lib/binaries";

/** JSON Schema as Kubernetes writes it. */
export interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  format?: string;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  [keyword: string]: unknown;
}

interface CustomResourceDefinition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
/** As the CRDs that Kubernetes generates have it; its own OpenAPI document takes any text. */
const quantityPattern =
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

/** The Kubernetes version that sandbox/go pins, such as `v1.37.2`. */
export const pinnedKubernetes = pinnedVersion("k8s.io/kubernetes");

/**
 * Checks a manifest against the schema of its kind, in a Kubernetes version or in the CRDs of the sandbox. It is strict:
 * a field that the schema does not know is a fault, and so is null.
 *
 * @param version Version of Kubernetes, such as `v1.37.2`.
 * @returns Every fault, with the manifest's kind and name and the path in it.
 */
export async function kubernetesFaults(manifest: Manifest, version = pinnedKubernetes): Promise<string[]> {
  const { apiVersion, kind, metadata } = manifest;
  const validate = (await schemas(version))(`${apiVersion}/${kind}`);
  if (!validate) {
    return [`${kind} ${metadata?.name}: there is no kind ${kind} in ${apiVersion}`];
  }
  validate(manifest);
  return (validate.errors ?? []).map((error) => `${kind} ${metadata?.name}: ${describe(error)}`);
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const field = keyword === "additionalProperties" ? ` (${params.additionalProperty as string})` : "";
  return `${instancePath || "/"} ${message}${field}`;
}

type FindSchema = (kind: string) => ValidateFunction | undefined;
const loaded = new Map<string, Promise<FindSchema>>();

function schemas(version: string): Promise<FindSchema> {
  const found = loaded.get(version) ?? loadSchemas(version);
  loaded.set(version, found);
  return found;
}

async function loadSchemas(version: string): Promise<FindSchema> {
  const { definitions, references } = await strictDefinitions(version);
  // `format` says little but for base64; the numbers' are Go's types.
  const base64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  const formats = { byte: base64, int32: true, int64: true, double: true, "date-time": true } as const;
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true, formats });
  ajv.addSchema({ $id: "kubernetes", definitions });
  return (kind) => {
    const name = references.get(kind);
    return name === undefined ? undefined : ajv.getSchema(`kubernetes#/definitions/${name.replaceAll("/", "~1")}`);
  };
}

/**
 * The schema of every kind, as strict as the API server is.
 *
 * @param version Version of Kubernetes, such as `v1.37.2`.
 * @returns Definitions by their names, and the name of each kind's, such as `apps/v1/Deployment`.
 */
export async function strictDefinitions(
  version: string,
): Promise<{ definitions: Record<string, Schema>; references: Map<string, string> }> {
  const definitions = await kubernetesDefinitions(version);
  definitions[quantity] = { type: ["string", "number"], pattern: quantityPattern };
  const references = new Map<string, string>();
  for (const [name, { "x-kubernetes-group-version-kind": kinds = [] }] of Object.entries(definitions)) {
    // The options of an API call have every group; an object's definition has its own.
    if (kinds.length === 1) {
      const [{ group, version, kind }] = kinds;
      references.set(`${group ? `${group}/` : ""}${version}/${kind}`, name);
    }
  }
  for (const { spec } of customResourceDefinitions()) {
    for (const { name: crdVersion, schema } of spec.versions) {
      const name = `${spec.group}/${crdVersion}/${spec.names.kind}`;
      const metadata = { $ref: `#/definitions/${objectMeta}` };
      definitions[name] = {
        ...schema.openAPIV3Schema,
        properties: { ...schema.openAPIV3Schema.properties, metadata },
      };
      references.set(name, name);
    }
  }
  return { definitions: mapValues(definitions, toStrict), references };
}

/** Names of all types in the pinned Kubernetes version's API, such as `Toleration`. */
export async function kubernetesTypes(): Promise<Set<string>> {
  return new Set(Object.keys(await kubernetesDefinitions(pinnedKubernetes)).map((name) => name.split(".").at(-1)!));
}

/** The definitions that the API server of a version is generated from. */
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

/** JSON Schema, which takes unknown fields for fine, as strict as the API server is with `fieldValidation=Strict`. */
function toStrict(schema: Schema): Schema {
  if (schema["x-kubernetes-int-or-string"] || schema.format === "int-or-string") {
    return { type: ["integer", "string"], ...(schema.pattern ? { pattern: schema.pattern } : {}) };
  }
  const strict = { ...schema };
  if (schema.properties) {
    strict.properties = mapValues(schema.properties, toStrict);
    strict.additionalProperties ??= schema["x-kubernetes-preserve-unknown-fields"] ?? false;
  }
  if (typeof schema.additionalProperties === "object") {
    strict.additionalProperties = toStrict(schema.additionalProperties);
  }
  if (schema.items) {
    strict.items = toStrict(schema.items);
  }
  return strict;
}

function mapValues<T, U>(object: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
