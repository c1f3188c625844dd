import * as assert from "assert/strict";
import { Manifests, render, Values } from "./helm";

const tcp = (port: number) => ({ ports: [{ port, protocol: "TCP" }] });
const namespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const dns = {
  ports: [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ],
  to: [namespace("kube-system")],
};

interface Spec {
  podSelector: { matchLabels: Record<string, string> };
  policyTypes: string[];
  ingress: { from: unknown[]; ports: unknown[] }[];
  egress: unknown[];
}

async function policy(
  values: Values = {},
  networkPolicy: Values = {},
  name = "shop-flask-app",
): Promise<{ spec: Spec; annotations?: Record<string, string>; manifests: Manifests }> {
  const manifests = await render({ ...values, networkPolicy: { enabled: true, ...networkPolicy } });
  const { spec, metadata } = manifests.one("NetworkPolicy", name);
  return { spec: spec as Spec, annotations: metadata.annotations, manifests };
}

describe("the chart's NetworkPolicy", function () {
  this.timeout(60_000);

  it("is made only when it is enabled", async () => {
    assert.deepEqual((await render()).every("NetworkPolicy"), []);
  });

  it("holds for the app's pods, in both directions", async () => {
    const { spec, manifests } = await policy();
    assert.deepEqual(spec.podSelector.matchLabels, manifests.one("Deployment").spec?.selector.matchLabels);
    assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"]);
  });

  it("lets in ingress-nginx, Prometheus and the pod of helm test, at the app's port", async () => {
    const { spec, manifests } = await policy();
    const testPod = { "app.kubernetes.io/name": "flask-app-test", "app.kubernetes.io/instance": "shop" };
    const labels = manifests.one("Pod").metadata?.labels;
    assert.deepEqual({ ...labels, ...testPod }, labels);
    assert.deepEqual(spec.ingress, [
      {
        ports: [{ port: "http", protocol: "TCP" }],
        from: [namespace("ingress-nginx"), namespace("monitoring"), { podSelector: { matchLabels: testPod } }],
      },
    ]);
    assert.ok(manifests.container.ports?.some(({ name }) => name === "http"));
  });

  it("lets in those of ingressFrom instead", async () => {
    const [{ from }] = (await policy({}, { ingressFrom: [namespace("gateway")] })).spec.ingress;
    assert.deepEqual(from.slice(0, -1), [namespace("gateway")]);
    const [{ from: nobody }] = (await policy({}, { ingressFrom: [] })).spec.ingress;
    assert.equal(nobody.length, 1);
  });

  it("lets the app ask for names, and connect to nothing else", async () => {
    assert.deepEqual((await policy()).spec.egress, [dns]);
  });

  it("lets the app connect to the ports of the databases that are enabled", async () => {
    const both = {
      database: { enabled: true, host: "db", port: 5433 },
      redis: { enabled: true, host: "cache", port: 6380 },
    };
    assert.deepEqual((await policy(both)).spec.egress, [dns, tcp(5433), tcp(6380)]);
    assert.deepEqual((await policy({ redis: both.redis })).spec.egress, [dns, tcp(6380)]);
  });

  it("lets the app reach DNS and databases at the peers that are set, or anywhere without one", async () => {
    const both = { database: { enabled: true, host: "db" }, redis: { enabled: true, host: "cache" } };
    const [database, cache, resolver] = ["10.1.0.0/16", "10.2.0.0/16", "169.254.20.10/32"].map((cidr) => [
      { ipBlock: { cidr } },
    ]);
    const { spec } = await policy(both, { databasePeers: database, redisPeers: cache, dnsPeers: resolver });
    assert.deepEqual(spec.egress, [
      { ...dns, to: resolver },
      { ...tcp(5432), to: database },
      { ...tcp(6379), to: cache },
    ]);
    assert.deepEqual((await policy({}, { dnsPeers: [] })).spec.egress, [{ ports: dns.ports }]);
  });

  it("leaves the databases to egress where existingSecret holds their URLs", async () => {
    const database = { enabled: true, port: 5433 };
    const { spec } = await policy({ existingSecret: "env", database }, { egress: [tcp(5434)] });
    assert.deepEqual(spec.egress, [dns, tcp(5434)]);
  });

  it("lets the app connect to what egress adds", async () => {
    const rule = { to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }], ...tcp(443) };
    assert.deepEqual((await policy({}, { egress: [rule, tcp(25)] })).spec.egress, [dns, rule, tcp(25)]);
  });
});

describe("the chart's NetworkPolicy for the pod of helm test", function () {
  this.timeout(60_000);

  it("lets it ask for names and the app at its port, and nobody connect to it", async () => {
    const { spec, manifests } = await policy(
      { service: { targetPort: 8000 } },
      { egress: [tcp(25)] },
      "shop-flask-app-test",
    );
    const labels = manifests.one("Pod").metadata?.labels;
    assert.deepEqual({ ...labels, ...spec.podSelector.matchLabels }, labels);
    const app = { podSelector: manifests.one("Deployment").spec?.selector };
    assert.deepEqual(spec.egress, [dns, { ...tcp(8000), to: [app] }]);
    assert.deepEqual([spec.policyTypes, spec.ingress], [["Ingress", "Egress"], undefined]);
    assert.equal(manifests.container.ports?.[0].containerPort, 8000);
  });
});

describe("the chart's NetworkPolicy for the migration", function () {
  this.timeout(60_000);
  const migration = { enabled: true, args: ["upgrade"] };
  const name = "shop-flask-app-migration";

  it("is made only when there is a migration", async () => {
    const { manifests } = await policy();
    assert.ok(!manifests.every("NetworkPolicy").some(({ metadata }) => metadata.name === name));
  });

  it("lets it connect to what the app may, and nobody connect to it", async () => {
    const values = { migration, database: { enabled: true, host: "db" } };
    const { spec, manifests } = await policy(values, { egress: [tcp(25)] }, name);
    const { labels } = manifests.one("Job").spec!.template.metadata!;
    assert.deepEqual({ ...labels, ...spec.podSelector.matchLabels }, labels);
    assert.deepEqual(spec.egress, [dns, tcp(5432), tcp(25)]);
    assert.deepEqual([spec.policyTypes, spec.ingress], [["Ingress", "Egress"], undefined]);
  });

  it("is there before the Job runs, and goes with it", async () => {
    const { annotations, manifests } = await policy({ migration }, {}, name);
    assert.deepEqual(annotations, { ...manifests.one("Job").metadata?.annotations, "helm.sh/hook-weight": "-1" });
  });
});
