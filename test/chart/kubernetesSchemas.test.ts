import * as assert from "assert/strict";
import { Manifest } from "../../components/checks/manifestFaults";
import { kubernetesFaults } from "../helpers/kubernetesSchemas";
import { mergeValues, valuesWith } from "./valuesSchema";

const containers = [{ name: "app", image: "app:1", resources: { limits: { cpu: 1, memory: "64Mi" } } }];
const labels = { app: "shop" };
const deployment: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
    template: { metadata: { labels }, spec: { containers } },
  },
};
const monitor: Manifest = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: "shop" },
  spec: { selector: {}, endpoints: [{ port: "http" }] },
};
const secret: Manifest = { apiVersion: "v1", kind: "Secret", metadata: { name: "shop" } };

describe("the Kubernetes schemas of the chart's tests", () => {
  it("accept correct manifests", async () => {
    assert.deepEqual([...(await kubernetesFaults(deployment)), ...(await kubernetesFaults(monitor))], []);
  });

  const megabytes = [{ ...containers[0], resources: { limits: { memory: "64MB" } } }];
  const refused: [title: string, manifest: Manifest, path: string, value: unknown, fault: string][] = [
    ["an unknown field", deployment, "spec.template.spec.host", "a", "/spec/template/spec must NOT have additional"],
    ["a wrong type", deployment, "spec.replicas", "2", "/spec/replicas must be integer"],
    ["a missing field", deployment, "spec.selector", undefined, "/spec must have required property 'selector'"],
    ["null", deployment, "spec.template.spec.volumes", null, "/spec/template/spec/volumes must be array"],
    ["a label that is a number", deployment, "metadata.labels.app", 1, "/metadata/labels/app must be string"],
    [
      "a quantity with an unknown unit",
      deployment,
      "spec.template.spec.containers",
      megabytes,
      "/spec/template/spec/containers/0/resources/limits/memory must match pattern",
    ],
    [
      "a fraction for an integer or a string",
      deployment,
      "spec.strategy.rollingUpdate.maxUnavailable",
      0.5,
      "/spec/strategy/rollingUpdate/maxUnavailable must be integer,string",
    ],
    ["data that is not base64", secret, "data.key", "a-b", '/data/key must match format "byte"'],
    ["a kind that its API version lacks", secret, "apiVersion", "v2", "there is no kind Secret in v2"],
    [
      "an unknown field of a custom resource",
      monitor,
      "spec.endpoints",
      [{ prot: "http" }],
      "/spec/endpoints/0 must NOT have additional properties (prot)",
    ],
    [
      "a missing field of a custom resource",
      monitor,
      "spec.selector",
      undefined,
      "/spec must have required property 'selector'",
    ],
    [
      "an unknown field of a custom resource's metadata",
      monitor,
      "metadata.label",
      {},
      "/metadata must NOT have additional properties (label)",
    ],
  ];
  for (const [title, manifest, path, value, fault] of refused) {
    it(`refuse ${title}`, async () => {
      const changed = mergeValues(manifest, valuesWith(path, value));
      // JSON has no undefined: such a field is left out.
      const faults = await kubernetesFaults(JSON.parse(JSON.stringify(changed)) as Manifest);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.ok(faults[0].startsWith(`${manifest.kind} shop: ${fault}`), faults[0]);
    });
  }
});
