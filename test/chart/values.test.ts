import * as assert from "assert/strict";
import { template } from "./coverage";
import { defaultValues, Values, withCopyOfChart } from "../helpers/helm";
import { printNotes } from "./printedNotes";
import { everySection } from "./sections";
import { anotherValue, mergeValues, schemaLeaves, valueAt, valueLeaves, valuesWith } from "./valuesSchema";

/** For values that have no effect with every section on: the values that they need. */
const bases: Record<string, { because: string; values: Values }> = {
  replicaCount: { because: "the autoscaler sets the number of pods", values: { autoscaling: { enabled: false } } },
  "autoscaling.external": { because: "the chart's own is on", values: { autoscaling: { enabled: false } } },
  "podDisruptionBudget.minAvailable": {
    because: "one more than the default would keep every pod",
    values: { autoscaling: { minReplicas: 3 } },
  },
  extraVolumeMounts: { because: "a mount needs its volume", values: { extraVolumes: [{}] } },
  "networkPolicy.metricsFrom": {
    because: "the metrics need a port of their own",
    values: { serviceMonitor: { port: 9090 } },
  },
  "mlModel.volume.type": {
    because: "a model can be fetched only into some volumes",
    values: { mlModel: { fetch: { enabled: false } } },
  },
  "mlModel.volume.existingClaim": {
    because: "another type of volume uses it",
    values: { mlModel: { volume: { type: "existingClaim", existingClaim: "models" }, fetch: { enabled: false } } },
  },
};

/** `global` is Helm's own; the fields of a probe are documented once for all probes. */
const withoutDefault = /^global$|^healthCheck\.\w+\.(exec|grpc|tcpSocket|httpHeaders|scheme)$/;

describe("the values of the chart", function () {
  this.timeout(120_000);

  it("have exactly the keys of values.schema.json", () => {
    const inSchema = [...schemaLeaves().keys()].filter((key) => !withoutDefault.test(key));
    assert.deepEqual(valueLeaves(defaultValues).sort(), inSchema.sort());
  });

  it("each change a manifest or the notes", async () => {
    await withCopyOfChart(async (chart) => {
      printNotes(chart);
      const rendered = new Map<string, Promise<string>>();
      const render = (values: Values) => {
        const key = JSON.stringify(values);
        return rendered.get(key) ?? rendered.set(key, template(chart, values)).get(key)!;
      };
      const unused: string[] = [];
      const check = async (leaf: string) => {
        const base = mergeValues(everySection, bases[leaf]?.values ?? {});
        const other = anotherValue(schemaLeaves().get(leaf)!, valueAt(mergeValues(defaultValues, base), leaf));
        const [before, after] = await Promise.all([render(base), render(mergeValues(base, valuesWith(leaf, other)))]);
        if (before === after) {
          unused.push(leaf);
        }
      };
      const leaves = valueLeaves(defaultValues).values();
      const worker = async () => {
        for (const leaf of leaves) {
          await check(leaf);
        }
      };
      await Promise.all([worker(), worker()]);
      assert.deepEqual(unused, []);
    });
  });
});
