import fc from "fast-check";
import { Values } from "./helm";
import { accepts, mergeValues, schema, Schema, schemaLeaves, valuesWith } from "../chart/valuesSchema";

const label = { matchLabels: { app: "shop" } };
const container = (name: string) => ({ name, image: "busybox:1.36" });
const selector = { podSelector: label };

/** A valid sample for each value whose form the schema leaves to Kubernetes. */
const samples: Record<string, Values> = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: label, topologyKey: "kubernetes.io/hostname" }],
    },
  },
  behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  databasePeers: selector,
  dnsPeers: selector,
  egress: { to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
  exec: { command: ["check"] },
  extraEnv: { name: "MORE", value: "{{ .Release.Name }}" },
  extraEnvFrom: { secretRef: { name: "more" } },
  extraManifests: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more" } },
  extraVolumeMounts: { name: "more", mountPath: "/more" },
  extraVolumes: { name: "more", emptyDir: {} },
  global: { any: "thing" },
  grpc: { port: 9000 },
  ingressFrom: selector,
  initContainers: container("before"),
  lifecycle: { preStop: { exec: { command: ["sync"] } } },
  metrics: { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
  podSecurityContext: { fsGroup: 1000 },
  redisPeers: selector,
  securityContext: { runAsNonRoot: true },
  sidecars: container("beside"),
  tcpSocket: { port: "http" },
  tolerations: { key: "gpu", operator: "Exists" },
  topologySpreadConstraints: { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" },
};

/** Strings that YAML or Helm could misread. */
const trickyTexts = fc.constantFrom(
  "",
  "on",
  "null",
  "~",
  "1e3",
  "0x1F",
  "a: b",
  "- #",
  "'",
  '"',
  "{{ . }}",
  "ä\nb\t",
  "%",
);

/** Values that may contain template expressions: `test.command` and `test.args`. Here, `{{ . }}` would be all values. */
const templated = new Set(["command", "args"]);

/** Strings that Helm and Kubernetes handle as strings, but the YAML parser of the tests reads as numbers. */
const numberWithoutDigits = /^[-+]?[._]*([._]|[eE][-+]?\d+)$/;

/** Resources whose request and limit may differ; for others, the device plugin decides. */
const ownResources = fc.constantFrom("cpu", "memory", "ephemeral-storage");
const resourceKeys: Record<string, typeof ownResources | undefined> = { limits: ownResources, requests: ownResources };

/** In what Helm prints when values contradict each other. */
export const contradiction = /The values contradict each other:/;

/**
 * Any values that the schema accepts. Their Kubernetes objects are samples, at most one in a list, and a volume mount comes
 * with its volume, because only the API server can check such objects.
 */
export const arbitraryValues = (arbitrary(schema) as fc.Arbitrary<Values>).filter(
  (values) => accepts(values) && (isEmpty(values.extraVolumeMounts) || !isEmpty(values.extraVolumes)),
);

/** Paths of all values and sections, and of an unknown one. */
const paths = new Set(["unknown"]);
for (const leaf of schemaLeaves().keys()) {
  leaf.split(".").forEach((_, depth, steps) => paths.add(steps.slice(0, depth + 1).join(".")));
}

/** Any values of which the schema refuses one: it has a wrong type, or an unknown key. */
export const refusedValues = fc
  .tuple(arbitraryValues, fc.constantFrom(...paths), fc.constantFrom<unknown[]>(true, -0.5, "?", [7], { unknown: "" }))
  .map(([values, path, wrong]) => mergeValues(values, valuesWith(path, wrong)))
  .filter((values) => !accepts(values));

/** Any value that a part of the schema accepts, apart from its conditions (`if`). */
function arbitrary(part: Schema, name = ""): fc.Arbitrary<unknown> {
  switch (part.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: part.minimum, max: part.maximum });
    case "array": {
      const items = arbitrary(part.items!, name);
      const size = { minLength: part.minItems, maxLength: name in samples ? 1 : 2 };
      return part.uniqueItems ? fc.uniqueArray(items, size) : fc.array(items, size);
    }
    case "object": {
      const { properties, patternProperties = {}, required = [] } = part;
      if (properties) {
        const children = Object.entries(properties).map(([key, child]) => [key, arbitrary(child, key)] as const);
        return fc.record(Object.fromEntries(children), { requiredKeys: required }).map(withOneAction);
      }
      const [[pattern, child] = []] = Object.entries(patternProperties);
      if (!pattern || !child) {
        return fc.constant(samples[name]);
      }
      // Limits and requests have the same restriction on their keys.
      const childName = child.patternProperties ? "limits" : "";
      return fc.dictionary(resourceKeys[name] ?? matching(pattern), arbitrary(child, childName), { maxKeys: 2 });
    }
    default: {
      if (part.enum) {
        return fc.constantFrom(...part.enum);
      }
      const { pattern, minLength = 0, maxLength } = part;
      const tricky = templated.has(name) ? trickyTexts.filter((text) => !text.includes("{{")) : trickyTexts;
      const text = pattern ? matching(pattern) : fc.oneof(tricky, fc.string());
      const fits = ({ length }: string) => length >= minLength && length <= (maxLength ?? length);
      return text.filter((any) => fits(any) && !numberWithoutDigits.test(any));
    }
  }
}

/** A probe without what contradicts its first action other than an HTTP request. Other values stay as they are. */
function withOneAction(values: Values): Values {
  const [action, ...others] = ["exec", "grpc", "tcpSocket"].filter((key) => key in values);
  const contradicting = action ? [...others, "httpHeaders", "scheme"] : [];
  return Object.fromEntries(Object.entries(values).filter(([key]) => !contradicting.includes(key)));
}

function matching(pattern: string): fc.Arbitrary<string> {
  return fc.stringMatching(new RegExp(pattern));
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}
