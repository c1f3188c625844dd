import Ajv, { ErrorObject, ValidateFunction } from "ajv";
import { Manifest } from "../../components/checks/manifestFaults";
import { pinnedKubernetes, strictSchemas } from "./kubernetesDefinitions";

/**
 * Checks a manifest of any kind against the schemas of a Kubernetes version and the sandbox's CRDs. It is strict: an
 * unknown field is a fault, and so is null.
 *
 * @param version Version of Kubernetes, such as `v1.37.2`.
 * @returns Every fault, with the manifest's kind, its name and the path in it.
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
  const base64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true, formats: { byte: base64 } });
  ajv.addSchema({ $id: "kubernetes", ...(await strictSchemas(version)) });
  return (kind) => ajv.getSchema(`kubernetes#/kinds/${kind.replaceAll("/", "~1")}`);
}
