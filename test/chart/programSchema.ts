import * as fs from "fs";
import { pinnedKubernetes, Schema, strictDefinitions } from "../helpers/kubernetesSchemas";

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

/** The file of {@link programSchema}. */
export const programSchemaFile = "components/checks/kubernetes.generated.json";

/** What the program checks manifests against: the schemas of the chart's kinds, and nothing else of Kubernetes. */
export async function programSchema(): Promise<string> {
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

/** JSON with an entry a line, so that a change of Kubernetes shows as what it changes. */
function lines(entries: Record<string, unknown>): string {
  const each = Object.entries(entries).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  return `{\n${each.join(",\n")}\n}`;
}

/** Leaves out what no validation needs: descriptions, defaults, formats and hints for clients. */
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
  void programSchema().then((schema) => fs.writeFileSync(programSchemaFile, schema));
}
