import * as fs from "fs";
import * as path from "path";
import type Ajv from "ajv";
import { ErrorObject } from "ajv";
import { AcceptedValue, describeValue } from "../config/describeValue";
import { newValidator } from "../config/validator";
import { ruleFaults } from "./manifestRules";
import { DuplicateItem, listMapKeys } from "./uniqueItems";

/** A Kubernetes object as a chart renders it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** Schemas are compiled on first use: a Deployment's takes as long as Helm takes to render the chart. */
let ajv: Ajv | undefined;

/**
 * Checks a manifest against `kubernetes.generated.json`, which has the kinds that the chart renders. It is as strict as the
 * API server: an unknown field is a fault, and so is what breaks the rules in manifestRules.ts and uniqueItems.ts. A field
 * that is null counts as not set, as it does there; Bitnami's charts have some. Kinds missing from the file pass unchecked.
 *
 * @returns Every fault: its path in the manifest, such as `spec.replicas`, what was found and what is accepted.
 */
export function manifestFaults(manifest: Manifest): { path: string; problem: string }[] {
  ajv ??= kubernetesValidator();
  const kind = `${manifest.apiVersion}/${manifest.kind}`.replaceAll("/", "~1");
  const validate = ajv.getSchema(`kubernetes#/kinds/${kind}`);
  if (!validate) {
    return [];
  }
  const complete = withoutNulls(manifest) as Manifest;
  return validate(complete) ? ruleFaults(complete) : (validate.errors ?? []).map((error) => describe(manifest, error));
}

function kubernetesValidator(): Ajv {
  const schema = fs.readFileSync(path.join(__dirname, "kubernetes.generated.json"), "utf8");
  return newValidator({ strict: false, validateFormats: false })
    .addKeyword(listMapKeys)
    .addSchema(JSON.parse(schema) as object);
}

/** Without the fields that are null. Items of a list stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}

function describe(manifest: Manifest, { instancePath, keyword, params, parentSchema, message }: ErrorObject) {
  const steps = instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const at = (...more: string[]) =>
    [...steps, ...more]
      .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
      .join("")
      .replace(/^\./, "");
  const found =
    manifest.kind === "Secret" ? "a value (not shown)" : describeValue(manifest, steps, parentSchema as AcceptedValue);
  switch (keyword) {
    case "additionalProperties":
      return { path: at(params.additionalProperty as string), problem: "is not a field of this kind" };
    case listMapKeys.keyword:
      return { path: at(...(params as DuplicateItem).at), problem: (params as DuplicateItem).problem };
    case "required":
      return { path: at(params.missingProperty as string), problem: "is missing" };
    default:
      return { path: at(), problem: `found ${found}, which ${message}` };
  }
}
