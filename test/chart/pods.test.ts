import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import type * as k8s from "@kubernetes/client-node";
import { chartVersions, Manifests, render, Rendering, Values, withCopyOfChart } from "../helpers/helm";
import { podTemplate as podTemplateOf } from "../helpers/networkPolicies";
import { everySection } from "./sections";

describe("the chart's pods", function () {
  this.timeout(60_000);
  let defaults: Manifests;

  before("render the default values", async () => {
    defaults = await render();
  });

  it("are as many as replicaCount says, or as the autoscaler decides", async () => {
    assert.equal(defaults.one("Deployment").spec?.replicas, 2);
    assert.equal((await render({ replicaCount: 0 })).one("Deployment").spec?.replicas, 0);
    assert.ok(!("replicas" in (await render({ autoscaling: { enabled: true } })).one("Deployment").spec!));
  });

  it("are as many as something outside the chart decides, if you say so", async () => {
    for (const values of [{ replicaCount: null }, { replicaCount: 3, autoscaling: { external: true } }]) {
      assert.ok(!("replicas" in (await render(values)).one("Deployment").spec!), JSON.stringify(values));
    }
    const worker = { enabled: true, command: ["work"], replicaCount: null };
    assert.ok(!("replicas" in (await render({ worker })).one("Deployment", "shop-flask-app-worker").spec!));
  });

  it("get no variables of Services without enableServiceLinks, in any role", async () => {
    const { all } = await render({ ...everySection, enableServiceLinks: false });
    const templates = all.flatMap((manifest) => podTemplateOf(manifest) ?? []);
    assert.deepEqual(
      templates.map(({ spec }) => spec?.enableServiceLinks),
      [false, false, false, false],
    );
  });

  it("are all stopped before new ones start with the strategy Recreate", async () => {
    const { spec } = (await render({ strategy: { type: "Recreate" } })).one("Deployment");
    assert.deepEqual(spec?.strategy, { type: "Recreate" });
  });

  it("run the image of the chart's appVersion if the tag is empty", async () => {
    const { container } = await render({ image: { tag: "" } });
    assert.equal(container.image, `tiangolo/uwsgi-nginx-flask:${chartVersions.appVersion}`);
  });

  it("have no probe that is off", async () => {
    const off = { enabled: false };
    const { container } = await render({ healthCheck: { livenessProbe: off, readinessProbe: off } });
    assert.deepEqual(
      Object.keys(container).filter((field) => field.endsWith("Probe")),
      [],
    );
  });

  it("lose a default resource that is set to null", async () => {
    const { container } = await render({ resources: { limits: { cpu: null }, requests: { cpu: 0.5 } } });
    assert.deepEqual(container.resources, {
      limits: { memory: "256Mi" },
      requests: { cpu: 0.5, memory: "128Mi" },
    });
  });

  it("have no volumes, mounts, variables or pull secrets by default, rather than empty ones", () => {
    for (const field of ["volumes", "volumeMounts", "env", "imagePullSecrets", "initContainers", "affinity"]) {
      assert.ok(!(field in defaults.pod) && !(field in defaults.container), field);
    }
  });

  it("are found by their labels even if podLabels and commonLabels set the same ones", async () => {
    const taken = { "app.kubernetes.io/name": "mine" };
    const manifests = await render({ podLabels: { ...taken, tier: "web" }, commonLabels: { ...taken, team: "ml" } });
    const { selector, template } = manifests.one("Deployment").spec!;
    assert.deepEqual(template.metadata?.labels, { ...selector.matchLabels, tier: "web", team: "ml" });
  });

  describe("when they are told to stop", () => {
    it("sleep by a command if Kubernetes has no sleep action", async () => {
      const { container } = await render({}, { args: ["--kube-version", "1.29.0"] });
      assert.deepEqual(container.lifecycle, { preStop: { exec: { command: ["sleep", "5"] } } });
    });

    it("do so at once if drainSeconds is 0", async () => {
      assert.ok(!("lifecycle" in (await render({ drainSeconds: 0 })).container));
    });

    it("run the hook in lifecycle instead, if there is one", async () => {
      const lifecycle = { preStop: { exec: { command: ["/app/drain"] } } };
      assert.deepEqual((await render({ lifecycle })).container.lifecycle, lifecycle);
    });
  });

  describe("with hardened", () => {
    const restricted = { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 };
    const confined = { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
    const migration = { enabled: true, command: ["migrate"] };

    it("run as an ordinary user, the migration's as well, and can write to /tmp only", async () => {
      const manifests = await render({ hardened: true, migration });
      const { spec } = manifests.one("Job").spec!.template;
      for (const { securityContext, containers, volumes } of [manifests.pod, spec!]) {
        assert.deepEqual(securityContext, { ...restricted, seccompProfile: { type: "RuntimeDefault" } });
        assert.deepEqual(containers[0].securityContext, { ...confined, allowPrivilegeEscalation: false });
        assert.deepEqual(containers[0].volumeMounts, [{ name: "tmp", mountPath: "/tmp" }]);
        assert.deepEqual(volumes, [{ name: "tmp", emptyDir: {} }]);
      }
    });

    it("take single fields from the security contexts, including false and 0", async () => {
      const { pod, container } = await render({
        hardened: true,
        podSecurityContext: { runAsUser: 1000, fsGroup: 0 },
        securityContext: { readOnlyRootFilesystem: false, capabilities: { add: ["NET_BIND_SERVICE"] } },
      });
      assert.equal(pod.securityContext?.runAsUser, 1000);
      assert.equal(pod.securityContext?.runAsGroup, 10001);
      assert.equal(pod.securityContext?.fsGroup, 0);
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: false,
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
      });
    });

    it("leave /tmp to a volume of your own", async () => {
      const extraVolumes = [{ name: "tmp", emptyDir: { medium: "Memory" } }];
      const extraVolumeMounts = [{ name: "tmp", mountPath: "/tmp/" }];
      const { pod, container } = await render({ hardened: true, extraVolumes, extraVolumeMounts });
      assert.deepEqual(pod.volumes, extraVolumes);
      assert.deepEqual(container.volumeMounts, extraVolumeMounts);
    });

    it("can mount that volume in other places as well", async () => {
      const extraVolumeMounts = [{ name: "tmp", mountPath: "/run/app" }];
      const { container } = await render({ hardened: true, extraVolumeMounts });
      assert.deepEqual(container.volumeMounts, [{ name: "tmp", mountPath: "/tmp" }, ...extraVolumeMounts]);
    });
  });

  describe("restart", () => {
    /** Renders values with a secret key: without one, each rendering has another. */
    const renderWithKey = (values: Values, rendering?: Rendering) =>
      render({ ...values, flask: { secretKey: "s3cr3t", ...(values.flask as object) } }, rendering);

    it("when their configuration changes", async () => {
      const changes = {
        "checksum/config": [{ flask: { logLevel: "DEBUG" } }, { mlModel: { enabled: true } }],
        "checksum/secret": [{ flask: { secretKey: "other" } }, { redis: { enabled: true, host: "cache" } }],
      };
      const before = checksums(await renderWithKey({}));
      for (const [checksum, values] of Object.entries(changes)) {
        for (const change of values) {
          const after = checksums(await renderWithKey(change));
          const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
          assert.deepEqual(changed, [checksum], JSON.stringify(change));
        }
      }
    });

    it("not for a Secret that is not the chart's", async () => {
      assert.deepEqual(Object.keys(checksums(await render({ existingSecret: "env" }))), ["checksum/config"]);
    });

    it("not when only other objects change", async () => {
      const before = podTemplate(await renderWithKey({}));
      for (const change of [
        { service: { annotations: { a: "b" } } },
        { replicaCount: 3 },
        { serviceMonitor: { enabled: true } },
      ]) {
        assert.deepEqual(podTemplate(await renderWithKey(change)), before, JSON.stringify(change));
      }
    });

    it("not when only the chart's version changes", () =>
      withCopyOfChart(async (chart) => {
        const file = path.join(chart, "Chart.yaml");
        const content = yaml.parse(fs.readFileSync(file, "utf8")) as object;
        fs.writeFileSync(file, yaml.stringify({ ...content, version: "9.9.9+build.1", appVersion: "9.9.9" }));
        const bumped = await renderWithKey(everySection, { chart });
        assert.equal(bumped.one("Deployment").metadata?.labels?.["helm.sh/chart"], "flask-app-9.9.9_build.1");
        assert.deepEqual(podTemplate(bumped), podTemplate(await renderWithKey(everySection)));
      }));
  });
});

function podTemplate(manifests: Manifests): k8s.V1PodTemplateSpec {
  return manifests.one("Deployment").spec!.template;
}

function checksums(manifests: Manifests): Record<string, string> {
  return podTemplate(manifests).metadata?.annotations ?? {};
}
