import * as path from "path";
import { projectFolder } from "../../tools/lib/paths";
import { assertGenerated } from "../helpers/generated";
import { KubernetesSchemas, pinnedKubernetes, Schema, strictSchemas } from "../helpers/kubernetesDefinitions";

/** The kinds that the chart renders, and those that people often add. */
const chartKinds = [
  "v1/ConfigMap",
  "v1/PersistentVolumeClaim",
  "v1/Pod",
  "v1/Secret",
  "v1/Service",
  "v1/ServiceAccount",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "autoscaling/v2/HorizontalPodAutoscaler",
  "batch/v1/CronJob",
  "batch/v1/Job",
  "monitoring.coreos.com/v1/ServiceMonitor",
  "networking.k8s.io/v1/Ingress",
  "networking.k8s.io/v1/NetworkPolicy",
  "policy/v1/PodDisruptionBudget",
];

describe("components/checks/kubernetes.generated.json", () => {
  it("has the schemas of the chart's kinds, from the pinned Kubernetes", async () => {
    const schemas = selectSchemas(await strictSchemas(pinnedKubernetes));
    const kinds = lines(schemas.kinds);
    const text = `{"$id":"kubernetes",\n"kinds":${kinds},\n"definitions":${lines(schemas.definitions)}}\n`;
    assertGenerated(path.join(projectFolder, "components/checks/kubernetes.generated.json"), text);
  });
});

/** The schemas of the chart's kinds, without the status, which a manifest does not have. */
function selectSchemas(all: KubernetesSchemas): KubernetesSchemas {
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
  return used;
}

/** JSON with one entry a line, so that a diff between Kubernetes versions is readable. */
function lines(entries: Record<string, Schema>): string {
  const each = Object.entries(entries).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  return `{\n${each.join(",\n")}\n}`;
}
