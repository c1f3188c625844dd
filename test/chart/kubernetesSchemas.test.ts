import * as assert from "assert/strict";
import { Manifest } from "../../components/checks/manifestFaults";
import { kubernetesFaults } from "../helpers/kubernetesSchemas";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "shop" } },
    strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
    template: {
      metadata: { labels: { app: "shop" } },
      spec: { containers: [{ name: "app", image: "app:1", resources: { limits: { cpu: 1, memory: "64Mi" } } }] },
    },
  },
};
const monitor = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: "shop" },
  spec: { selector: {}, endpoints: [{ port: "http" }] },
};

describe("the Kubernetes schemas of the chart's tests", () => {
  const refused: { title: string; manifest: Manifest; fault: string }[] = [
    {
      title: "an unknown field",
      manifest: edit(deployment, ({ spec }) => Object.assign(spec.template.spec, { hostname2: "a" })),
      fault: "Deployment shop: /spec/template/spec must NOT have additional properties (hostname2)",
    },
    {
      title: "a field of the wrong type",
      manifest: edit(deployment, ({ spec }) => Object.assign(spec, { replicas: "2" })),
      fault: "Deployment shop: /spec/replicas must be integer",
    },
    {
      title: "a missing field that is required",
      manifest: edit(deployment, ({ spec }) => Object.assign(spec, { selector: undefined })),
      fault: "Deployment shop: /spec must have required property 'selector'",
    },
    {
      title: "null",
      manifest: edit(deployment, ({ spec }) => Object.assign(spec.template.spec, { volumes: null })),
      fault: "Deployment shop: /spec/template/spec/volumes must be array",
    },
    {
      title: "a label that is no text",
      manifest: edit(deployment, ({ metadata }) => Object.assign(metadata, { labels: { app: 1 } })),
      fault: "Deployment shop: /metadata/labels/app must be string",
    },
    {
      title: "a quantity that is none",
      manifest: edit(deployment, ({ spec }) => {
        spec.template.spec.containers[0].resources.limits.memory = "64MB";
      }),
      fault: "Deployment shop: /spec/template/spec/containers/0/resources/limits/memory must match pattern",
    },
    {
      title: "a fraction where a number or a text is accepted",
      manifest: edit(deployment, ({ spec }) => (spec.strategy.rollingUpdate.maxUnavailable = 0.5)),
      fault: "Deployment shop: /spec/strategy/rollingUpdate/maxUnavailable must be integer,string",
    },
    {
      title: "data that is not base64",
      manifest: { apiVersion: "v1", kind: "Secret", metadata: { name: "shop" }, data: { key: "a-b" } },
      fault: 'Secret shop: /data/key must match format "byte"',
    },
    {
      title: "a kind that its API version does not have",
      manifest: { apiVersion: "autoscaling/v2beta2", kind: "HorizontalPodAutoscaler", metadata: { name: "shop" } },
      fault: "HorizontalPodAutoscaler shop: there is no kind HorizontalPodAutoscaler in autoscaling/v2beta2",
    },
    {
      title: "an unknown field of a custom resource",
      manifest: edit(monitor, ({ spec }) => Object.assign(spec.endpoints[0], { prot: "http" })),
      fault: "ServiceMonitor shop: /spec/endpoints/0 must NOT have additional properties (prot)",
    },
    {
      title: "a missing field that a custom resource requires",
      manifest: edit(monitor, ({ spec }) => Object.assign(spec, { selector: undefined })),
      fault: "ServiceMonitor shop: /spec must have required property 'selector'",
    },
    {
      title: "an unknown field of a custom resource's metadata",
      manifest: edit(monitor, ({ metadata }) => Object.assign(metadata, { label: {} })),
      fault: "ServiceMonitor shop: /metadata must NOT have additional properties (label)",
    },
  ];

  it("accept a manifest that is right", async () => {
    assert.deepEqual([...(await kubernetesFaults(deployment)), ...(await kubernetesFaults(monitor))], []);
  });

  for (const { title, manifest, fault } of refused) {
    it(`refuse ${title}`, async () => {
      const faults = await kubernetesFaults(manifest);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.ok(faults[0].startsWith(fault), faults[0]);
    });
  }

  it("tell every fault of a manifest", async () => {
    const faults = await kubernetesFaults(edit(deployment, ({ spec }) => Object.assign(spec, { a: 1, b: 2 })));
    assert.equal(faults.length, 2, faults.join("\n"));
  });
});

/** A copy of a manifest, changed; fields that are undefined are left out. */
function edit<T extends Manifest>(manifest: T, change: (manifest: T) => unknown): Manifest {
  const copy = structuredClone(manifest);
  change(copy);
  return JSON.parse(JSON.stringify(copy)) as Manifest;
}
