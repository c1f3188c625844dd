import * as assert from "assert/strict";
import { reservedVariables } from "../../components/config/secretEnv";
import { decodeBase64, Kinds, Manifests, render, Values } from "../helpers/helm";
import { everySection, sections } from "./sections";

describe("the chart's objects", function () {
  this.timeout(60_000);

  const added: Record<string, string[] | undefined> = {
    mlModel: ["PersistentVolumeClaim"],
    migration: ["ConfigMap", "Job", "Secret"],
    worker: ["Deployment"],
    ingress: ["Ingress"],
    autoscaling: ["HorizontalPodAutoscaler"],
    podDisruptionBudget: ["PodDisruptionBudget"],
    persistence: ["PersistentVolumeClaim"],
    networkPolicy: ["NetworkPolicy", "NetworkPolicy"],
    serviceMonitor: ["ServiceMonitor"],
  };
  for (const [section, values] of Object.entries(sections)) {
    const kinds = added[section] ?? [];
    it(`gain ${kinds.join(", ") || "none"} with ${section}`, async () => {
      const [defaults, manifests] = await Promise.all([render(), render(values)]);
      assert.deepEqual(manifests.kinds, [...defaults.kinds, ...kinds].sort());
      assert.doesNotMatch(JSON.stringify(manifests.all), /<nil>|<no value>/);
    });
  }

  const leftOut: [kind: keyof Kinds, title: string, values: Values][] = [
    [
      "PersistentVolumeClaim",
      "if an existing claim is used",
      { persistence: { enabled: true, existingClaim: "data" } },
    ],
    ["PersistentVolumeClaim", "for a model that is off", { mlModel: { volume: { type: "claim" } } }],
    ["ServiceAccount", "unless it is to be created", { serviceAccount: { create: false } }],
    ["Secret", "if there is an existing one", { ...everySection, existingSecret: "env" }],
  ];
  for (const [kind, title, values] of leftOut) {
    it(`include no ${kind} ${title}`, async () => {
      assert.deepEqual((await render(values)).every(kind), []);
    });
  }

  it("are used under the names that are set, or the default one", async () => {
    const persistence = { enabled: true, existingClaim: "data" };
    const named = await render({
      persistence,
      existingSecret: "env",
      serviceAccount: { create: false, name: "reader" },
    });
    assert.deepEqual(named.pod.volumes, [{ name: "data", persistentVolumeClaim: { claimName: "data" } }]);
    assert.deepEqual(named.container.envFrom?.[1], { secretRef: { name: "env" } });
    assert.equal(named.pod.serviceAccountName, "reader");
    assert.equal((await render({ serviceAccount: { create: false } })).pod.serviceAccountName, "default");
  });

  it("keep strings in the ConfigMap that YAML could read differently", async () => {
    for (const text of ["true", "1.10", "null", 'a "quoted" name', "back\\slash", "two\nlines", "# text", "{a: b}"]) {
      const mlModel = { enabled: true, modelVersion: text, modelType: text };
      const { data } = (await render({ flask: { appName: text, env: text }, mlModel })).one("ConfigMap");
      const found = [data?.APP_NAME, data?.FLASK_ENV, data?.MODEL_VERSION, data?.MODEL_TYPE];
      assert.deepEqual(found, [text, text, text, text]);
    }
  });

  it("include a random secret key if none is set, the same for the migration", async () => {
    const migration = { enabled: true, command: ["flask", "db", "upgrade"] };
    const [first, second] = await Promise.all([render({ migration }), render({ migration, replicaCount: 3 })]);
    const keys = [first, second].map((manifests) =>
      manifests.every("Secret").map(({ data }) => decodeBase64(data?.SECRET_KEY)),
    );
    assert.match(keys[0][0], /^[A-Za-z0-9]{64}$/);
    assert.equal(new Set(keys[0]).size, 1);
    assert.equal(new Set(keys.flat()).size, 2);
  });

  it("set no variable in the ConfigMap that a stack's secretEnv may set", async () => {
    const { data } = (await render(everySection)).one("ConfigMap");
    assert.deepEqual(
      ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", ...Object.keys(data ?? {})].sort(),
      Object.keys(reservedVariables).sort(),
    );
  });

  it("hold in the Secret no URL of a database that is off", async () => {
    const { data } = (await render({ flask: { secretKey: "s3cr3t: é" } })).one("Secret");
    assert.deepEqual(Object.keys(data ?? {}), ["SECRET_KEY"]);
    assert.equal(decodeBase64(data?.SECRET_KEY), "s3cr3t: é");
  });

  it("include a Service that selects the app's pods, but not those of the worker, the migration and helm test", async () => {
    const manifests = await render(everySection);
    const selector = manifests.one("Service").spec!.selector!;
    const selects = (labels: Record<string, string> = {}) =>
      Object.entries(selector).every(([label, value]) => labels[label] === value);
    assert.ok(selects(manifests.one("Deployment").spec?.template.metadata?.labels));
    assert.ok(!selects(manifests.one("Deployment", "shop-flask-app-worker").spec?.template.metadata?.labels));
    assert.ok(!selects(manifests.one("Job").spec?.template.metadata?.labels));
    assert.ok(!selects(manifests.one("Pod").metadata?.labels));
  });

  it("scale by one metric if the target of the other is 0", async () => {
    for (const [key, left] of [
      ["targetCPUUtilizationPercentage", "memory"],
      ["targetMemoryUtilizationPercentage", "cpu"],
    ]) {
      const { spec } = (await render({ autoscaling: { enabled: true, [key]: 0 } })).one("HorizontalPodAutoscaler");
      assert.deepEqual(
        spec?.metrics?.map(({ resource }) => resource?.name),
        [left],
      );
    }
  });

  it("scale by other metrics, too", async () => {
    const target = { type: "AverageValue", averageValue: "10" };
    const queue = { type: "Pods", pods: { metric: { name: "queue_depth" }, target } };
    const percentages = { targetCPUUtilizationPercentage: 0, targetMemoryUtilizationPercentage: 0 };
    const { spec } = (await render({ autoscaling: { enabled: true, ...percentages, metrics: [queue] } })).one(
      "HorizontalPodAutoscaler",
    );
    assert.deepEqual(spec?.metrics, [queue]);
  });

  it("let a drain stop as many pods as maxUnavailable says, also with minAvailable's default", async () => {
    const policy = { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" };
    for (const minAvailable of [{}, { minAvailable: null }]) {
      const budget = (await render({ podDisruptionBudget: { enabled: true, ...policy, ...minAvailable } })).one(
        "PodDisruptionBudget",
      );
      const { selector, ...rest } = budget.spec!;
      assert.ok(selector);
      assert.deepEqual(rest, policy);
    }
  });

  it("give the metrics a port of their own, which is in no Service and open only to metricsFrom", async () => {
    const manifests = await render({
      service: { targetPort: 8080 },
      serviceMonitor: { enabled: true, port: 9090 },
      networkPolicy: { enabled: true, ingressFrom: [], metricsFrom: [{ podSelector: {} }] },
    });
    const ports = manifests.container.ports!;
    assert.deepEqual(
      ports.map(({ name, containerPort }) => [name, containerPort]),
      [
        ["http", 8080],
        ["metrics", 9090],
      ],
    );
    const { endpoints } = manifests.one("ServiceMonitor").spec as { endpoints: object[] };
    assert.deepEqual(endpoints, [{ targetPort: "metrics", path: "/metrics", interval: "30s" }]);
    assert.deepEqual(
      manifests.one("Service").spec?.ports?.map(({ name }) => name),
      ["http"],
    );
    assert.deepEqual(ingressOf(manifests)[1], {
      ports: [{ port: "metrics", protocol: "TCP" }],
      from: [{ podSelector: {} }],
    });
  });

  it("have more ports, also one for the metrics, which is then open only to metricsFrom", async () => {
    const manifests = await render({
      service: {
        extraPorts: [
          { name: "grpc", port: 9000, targetPort: 9001 },
          { name: "prom", port: 9102 },
        ],
      },
      serviceMonitor: { enabled: true, port: "prom" },
      networkPolicy: { enabled: true, ingressFrom: [], metricsFrom: [{ podSelector: {} }] },
    });
    assert.deepEqual(
      manifests.container.ports!.map(({ name, containerPort }) => [name, containerPort]),
      [
        ["http", 80],
        ["grpc", 9001],
        ["prom", 9102],
      ],
    );
    assert.deepEqual(
      manifests.one("Service").spec?.ports?.map(({ port, targetPort }) => [port, targetPort]),
      [
        [80, "http"],
        [9000, "grpc"],
        [9102, "prom"],
      ],
    );
    const { endpoints } = manifests.one("ServiceMonitor").spec as { endpoints: object[] };
    assert.deepEqual(endpoints, [{ port: "prom", path: "/metrics", interval: "30s" }]);
    const ports = ingressOf(manifests).map((rule) => (rule as { ports: { port: string }[] }).ports);
    assert.deepEqual(
      ports.map((rule) => rule.map(({ port }) => port)),
      [["http", "grpc"], ["prom"]],
    );
  });

  it("give the metrics no port of their own if it is the app's", async () => {
    for (const port of [0, 80]) {
      const manifests = await render({ serviceMonitor: { enabled: true, port }, networkPolicy: { enabled: true } });
      assert.equal(manifests.container.ports?.length, 1);
      const { endpoints } = manifests.one("ServiceMonitor").spec as { endpoints: object[] };
      assert.deepEqual(endpoints, [{ port: "http", path: "/metrics", interval: "30s" }]);
      assert.equal(ingressOf(manifests).length, 1);
    }
  });

  it("probe the app's port, or another one", async () => {
    const { container } = await render({ healthCheck: { readinessProbe: { port: 9090 } } });
    const asked = [container.livenessProbe, container.readinessProbe].map((probe) => probe?.httpGet?.port);
    assert.deepEqual(asked, ["http", 9090]);
  });

  it("probe with headers and over TLS", async () => {
    const httpHeaders = [{ name: "X-Forwarded-Proto", value: "https" }];
    const { container } = await render({
      healthCheck: { readinessProbe: { path: "/ready", scheme: "HTTPS", httpHeaders } },
    });
    assert.deepEqual(container.readinessProbe?.httpGet, { path: "/ready", port: "http", scheme: "HTTPS", httpHeaders });
  });

  for (const action of [
    { exec: { command: ["python", "healthcheck.py"] } },
    { grpc: { port: 9000, service: "ready" } },
    { tcpSocket: { port: "http" } },
  ]) {
    it(`probe by ${Object.keys(action)[0]} instead of a request`, async () => {
      const { container } = await render({ healthCheck: { livenessProbe: action } });
      assert.deepEqual(container.livenessProbe, {
        ...action,
        initialDelaySeconds: 30,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      });
    });
  }
});

/** The rules of the app's NetworkPolicy for who may connect to the app. */
function ingressOf(manifests: Manifests): object[] {
  const policy = manifests.one("NetworkPolicy", manifests.one("Deployment").metadata?.name);
  return (policy.spec as { ingress: object[] }).ingress;
}
