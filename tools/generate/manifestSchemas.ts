import * as fs from "fs";
import { KubernetesSchemas, pinnedKubernetes, Schema, strictSchemas } from "./kubernetesDefinitions";

/** The kinds that the chart renders. */
const chartKinds = [
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
 * The schemas that the program checks manifests against: those of the chart's kinds, without the rest of Kubernetes and
 * without the status, which a manifest does not have.
 *
 * @returns JSON, one schema a line.
 */
export async function manifestSchemas(): Promise<string> {
  const all = await strictSchemas(pinnedKubernetes);
  const used: KubernetesSchemas = { kinds: {}, definitions: {} };
  const add = (schemas: keyof KubernetesSchemas, name: string) => {
    if (!(name in used[schemas])) {
      const schema = (used[schemas][name] = all[schemas][name]);
      delete schema.properties?.status;
      for (const [, definition] of JSON.stringify(schema).matchAll(/"#\/definitions\/([^"]+)"/g)) {
        add("definitions", definition);
      }
    }
  };
  chartKinds.forEach((kind) => add("kinds", kind));
  return `{"$id":"kubernetes",\n"kinds":${lines(used.kinds)},\n"definitions":${lines(used.definitions)}}\n`;
}

/** JSON with one entry a line, so that a diff between Kubernetes versions is readable. */
function lines(entries: Record<string, Schema>): string {
  const each = Object.entries(entries).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  return `{\n${each.join(",\n")}\n}`;
}

if (require.main === module) {
  void manifestSchemas().then((schemas) => fs.writeFileSync(manifestSchemasFile, schemas));
}
