import fc from "fast-check";
import { render, Values } from "./helm";
import { schema, Schema } from "./valuesSchema";

const label = { matchLabels: { app: "shop" } };
const container = { name: "more", image: "busybox:1.36" };
const selector = { podSelector: label };

/** For every value whose form the schema leaves to Kubernetes, one that Kubernetes takes. */
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
  extraEnv: { name: "MORE", value: "{{ .Release.Name }}" },
  extraEnvFrom: { secretRef: { name: "more" } },
  extraManifests: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more" } },
  extraVolumeMounts: { name: "more", mountPath: "/more" },
  extraVolumes: { name: "more", emptyDir: {} },
  global: { any: "thing" },
  ingressFrom: selector,
  initContainers: container,
  lifecycle: { preStop: { sleep: { seconds: 1 } } },
  podSecurityContext: { fsGroup: 1000 },
  redisPeers: selector,
  securityContext: { runAsNonRoot: true },
  sidecars: container,
  tolerations: { key: "gpu", operator: "Exists" },
  topologySpreadConstraints: { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" },
};

/** Texts that YAML or Helm would read as something else. */
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

describe("values that the schema takes, and that do not contradict each other,", function () {
  this.timeout(120_000);

  it("render manifests that are valid by the Kubernetes schemas", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary(schema), async (values) => {
        try {
          await render(values as Values);
        } catch (error) {
          fc.pre(!contradiction.test(String(error)));
          throw error;
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** What Helm says of values that are refused together, or that lack what a section needs once it is on. */
const contradiction = /values contradict each other|enabled needs (database|redis)\.host|hosts': minItems/;

/** What Helm writes as text, and Kubernetes reads as such, but the parser of render as a number. */
const numberWithoutDigits = /^[-+]?[._]*([._]|[eE][-+]?\d+)$/;

/** Any value that a part of the schema takes. */
function arbitrary(part: Schema, name = ""): fc.Arbitrary<unknown> {
  switch (part.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: part.minimum, max: part.maximum });
    case "array": {
      const items = arbitrary(part.items!, name);
      const size = { minLength: part.minItems, maxLength: 2 };
      return part.uniqueItems ? fc.uniqueArray(items, size) : fc.array(items, size);
    }
    case "object": {
      const { properties, additionalProperties, required = [] } = part;
      if (properties) {
        const children = Object.entries(properties).map(([key, child]) => [key, arbitrary(child, key)] as const);
        return fc.record(Object.fromEntries(children), { requiredKeys: required });
      }
      return additionalProperties
        ? fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), arbitrary(additionalProperties), { maxKeys: 2 })
        : fc.constant(samples[name]);
    }
    default: {
      if (part.enum) {
        return fc.constantFrom(...part.enum);
      }
      const { pattern, minLength = 0, maxLength } = part;
      const text = pattern ? fc.stringMatching(new RegExp(pattern)) : fc.oneof(trickyTexts, fc.string());
      const fits = ({ length }: string) => length >= minLength && length <= (maxLength ?? length);
      return text.filter((any) => fits(any) && !numberWithoutDigits.test(any));
    }
  }
}
