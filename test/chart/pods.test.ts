import * as assert from "assert/strict";
import { render } from "../helpers/helm";
import { everySection } from "./sections";

describe("the chart's pods", function () {
  this.timeout(60_000);

  it("go on serving for a while after they are told to end", async () => {
    const { pod, container } = await render({ drainSeconds: 12, terminationGracePeriodSeconds: 60 });
    assert.deepEqual(container.lifecycle, { preStop: { sleep: { seconds: 12 } } });
    assert.equal(pod.terminationGracePeriodSeconds, 60);
  });

  it("sleep by a command where Kubernetes cannot do it itself", async () => {
    const { container } = await render({}, { args: ["--kube-version", "1.29.0"] });
    assert.deepEqual(container.lifecycle, { preStop: { exec: { command: ["sleep", "5"] } } });
  });

  it("end at once when drainSeconds is 0", async () => {
    assert.ok(!("lifecycle" in (await render({ drainSeconds: 0 })).container));
  });

  it("have a startup probe, before the others, where one is enabled", async () => {
    const startupProbe = { enabled: true, path: "/health", periodSeconds: 10, failureThreshold: 90 };
    const { container } = await render({ healthCheck: { startupProbe } });
    assert.deepEqual(container.startupProbe, {
      httpGet: { path: "/health", port: "http" },
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 90,
    });
    assert.ok(!("startupProbe" in (await render()).container));
  });

  it("take a probe path that YAML would read otherwise as it is", async () => {
    const { container } = await render({ healthCheck: { livenessProbe: { path: "/a:" } } });
    assert.equal(container.livenessProbe?.httpGet?.path, "/a:");
  });

  it("are spread as topologySpreadConstraints say, over the app's own pods unless they say otherwise", async () => {
    const zone = { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" };
    const node = { ...zone, topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { tier: "web" } } };
    const manifests = await render({ topologySpreadConstraints: [zone, node] });
    const { selector } = manifests.one("Deployment").spec!;
    assert.deepEqual(manifests.pod.topologySpreadConstraints, [{ ...zone, labelSelector: selector }, node]);
  });

  it("have the priority, runtime class, command and arguments that are set", async () => {
    const { pod, container } = await render({
      priorityClassName: "high",
      runtimeClassName: "nvidia",
      command: ["gunicorn"],
      args: ["app:app"],
      resources: { limits: { "nvidia.com/gpu": 1 } },
    });
    assert.deepEqual([pod.priorityClassName, pod.runtimeClassName], ["high", "nvidia"]);
    assert.deepEqual([container.command, container.args], [["gunicorn"], ["app:app"]]);
    assert.equal(container.resources?.limits?.["nvidia.com/gpu"], 1);
  });

  it("run an image by its digest where one is given", async () => {
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
    const { container } = await render({ image: { repository: "registry.example.com:5000/app", tag: "v2", digest } });
    assert.equal(container.image, `registry.example.com:5000/app:v2@${digest}`);
  });

  it("are replaced all at once by the strategy Recreate", async () => {
    const { spec } = (await render({ strategy: { type: "Recreate" } })).one("Deployment");
    assert.deepEqual(spec?.strategy, { type: "Recreate" });
  });

  it("are found by their labels, whatever podLabels and commonLabels say", async () => {
    const taken = { "app.kubernetes.io/name": "mine" };
    const manifests = await render({ podLabels: { ...taken, tier: "web" }, commonLabels: { ...taken, team: "ml" } });
    const { selector, template } = manifests.one("Deployment").spec!;
    assert.deepEqual(template.metadata?.labels, { ...selector.matchLabels, tier: "web", team: "ml" });
  });
});

describe("every object of the chart", function () {
  this.timeout(60_000);

  it("has the common labels and annotations, beside its own", async () => {
    const manifests = await render({
      ...everySection,
      commonLabels: { team: "ml" },
      commonAnnotations: { "example.com/owner": "ml" },
      service: { annotations: { own: "yes" } },
    });
    assert.ok(manifests.all.length >= 14);
    for (const { kind, metadata } of manifests.all) {
      assert.equal(metadata?.labels?.team, "ml", kind);
      assert.equal(metadata?.annotations?.["example.com/owner"], "ml", kind);
    }
    assert.equal(manifests.one("Service").metadata?.annotations?.own, "yes");
  });

  it("may be one of extraManifests, whose template expressions are evaluated", async () => {
    const extra = (name: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `{{ .Release.Name }}-${name}` },
      data: { url: 'http://{{ include "flask-app.fullname" . }}' },
    });
    const manifests = await render({ extraManifests: [extra("one"), extra("two")] });
    const added = manifests.every("ConfigMap").filter(({ metadata }) => /-(one|two)$/.test(metadata?.name ?? ""));
    assert.deepEqual(added.map(({ metadata }) => metadata?.name).sort(), ["shop-one", "shop-two"]);
    assert.deepEqual(added[0].data, { url: "http://shop-flask-app" });
  });
});
