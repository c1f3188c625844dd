import * as fs from "fs";
import { pinnedKubernetes, Schema, strictDefinitions } from "./kubernetesDefinitions";

/** The kinds that the chart renders. */
const kinds = [
  "v1/ConfigMap",
  "v1/PersistentVolumeClaim",
  "v1/Pod",
  "v1/Secret",
  "v1/Service",
  "v1/ServiceAccount",
  "apps/v1/Deployment",
  "autoscaling/v2/HorizontalPodAutoscaler",
  "batch/v1/Job",
  "monitoring.coreos.com/v1/ServiceMonitor",
  "networking.k8s.io/v1/Ingress",
  "networking.k8s.io/v1/NetworkPolicy",
  "policy/v1/PodDisruptionBudget",
];

/** Path, in the project, of the file that this module writes. */
export const manifestSchemasFile = "components/checks/kubernetes.generated.json";

/**
 * The schemas that the program checks manifests against: those of the chart's kinds, without the rest of Kubernetes.
 *
 * @returns JSON, one definition a line.
 */
export async function manifestSchemas(): Promise<string> {
  const { definitions, references } = await strictDefinitions(pinnedKubernetes);
  const used: Record<string, Schema> = {};
  const use = (name: string) => {
    if (!(name in used)) {
      used[name] = trim(definitions[name]);
      delete used[name].properties?.status;
      for (const [, reference] of JSON.stringify(used[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) {
        use(reference);
      }
    }
    return { $ref: `#/definitions/${name.replaceAll("/", "~1")}` };
  };
  const roots = kinds.map((kind) => [kind, use(references.get(kind) ?? kind)] as const);
  return `{"$id":"kubernetes",\n"kinds":${lines(Object.fromEntries(roots))},\n"definitions":${lines(used)}}\n`;
}

/** JSON with one entry a line, so that a diff between Kubernetes versions is readable. */
function lines(entries: Record<string, unknown>): string {
  const each = Object.entries(entries).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  return `{\n${each.join(",\n")}\n}`;
}

/** Drops what validation does not need: descriptions, defaults, formats and hints for clients. */
function trim(schema: Schema): Schema {
  const kept = ["$ref", "type", "enum", "pattern", "required", "minimum", "maximum", "additionalProperties"];
  const trimmed: Schema = Object.fromEntries(Object.entries(schema).filter(([keyword]) => kept.includes(keyword)));
  if (schema.properties) {
    trimmed.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) => [name, trim(child)]),
    );
  }
  if (schema.items) {
    trimmed.items = trim(schema.items);
  }
  if (typeof schema.additionalProperties === "object") {
    trimmed.additionalProperties = trim(schema.additionalProperties);
  }
  return trimmed;
}

if (require.main === module) {
  void manifestSchemas().then((schemas) => fs.writeFileSync(manifestSchemasFile, schemas));
}
