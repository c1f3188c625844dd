import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import type * as k8s from "@kubernetes/client-node";
import { chartVersions, Manifests, render, withCopyOfChart } from "../helpers/helm";
import { everySection } from "./sections";

describe("the chart's Deployment", function () {
  this.timeout(60_000);
  let defaults: Manifests;

  before("render the default values", async () => {
    defaults = await render();
  });

  it("runs replicaCount pods", async () => {
    assert.equal(defaults.one("Deployment").spec?.replicas, 2);
    assert.equal((await render({ replicaCount: 0 })).one("Deployment").spec?.replicas, 0);
  });

  it("leaves the number of pods to the autoscaler, if there is one", async () => {
    const { spec } = (await render({ autoscaling: { enabled: true } })).one("Deployment");
    assert.ok(!("replicas" in spec!));
  });

  it("starts a new pod before it stops an old one, unless strategy says otherwise", async () => {
    assert.deepEqual(defaults.one("Deployment").spec?.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    const recreate = await render({ strategy: { type: "Recreate", rollingUpdate: null } });
    assert.deepEqual(recreate.one("Deployment").spec?.strategy, { type: "Recreate" });
    const faster = await render({ strategy: { rollingUpdate: { maxSurge: "50%" } } });
    assert.deepEqual(faster.one("Deployment").spec?.strategy?.rollingUpdate, { maxUnavailable: 0, maxSurge: "50%" });
  });

  it("runs the image by its repository and tag", async () => {
    assert.equal(defaults.container.image, "tiangolo/uwsgi-nginx-flask:python3.9");
    assert.equal(defaults.container.imagePullPolicy, "IfNotPresent");
    const image = { repository: "registry:5000/flask-app", tag: "v2.0.0", pullPolicy: "Always" };
    const { container } = await render({ image });
    assert.equal(container.image, "registry:5000/flask-app:v2.0.0");
    assert.equal(container.imagePullPolicy, "Always");
  });

  it("runs the image of the chart's appVersion when no tag is set", async () => {
    const { container } = await render({ image: { tag: "" } });
    assert.equal(container.image, `tiangolo/uwsgi-nginx-flask:${chartVersions.appVersion}`);
  });

  it("pulls from private registries with imagePullSecrets", async () => {
    assert.ok(!("imagePullSecrets" in defaults.pod));
    const { pod } = await render({ imagePullSecrets: [{ name: "registry" }] });
    assert.deepEqual(pod.imagePullSecrets, [{ name: "registry" }]);
  });

  it("opens the port that the app listens on, named http", async () => {
    assert.deepEqual(defaults.container.ports, [{ name: "http", containerPort: 80, protocol: "TCP" }]);
    const { container } = await render({ service: { targetPort: 8080 } });
    assert.equal(container.ports?.[0].containerPort, 8080);
  });

  it("takes its environment from its ConfigMap and Secret, then from extraEnvFrom", async () => {
    const own = [{ configMapRef: { name: "shop-flask-app" } }, { secretRef: { name: "shop-flask-app" } }];
    assert.deepEqual(defaults.container.envFrom, own);
    const extra = { configMapRef: { name: "features", optional: true } };
    const { container } = await render({ extraEnvFrom: [extra] });
    assert.deepEqual(container.envFrom, [...own, extra]);
  });

  it("adds the variables of extraEnv", async () => {
    assert.ok(!("env" in defaults.container));
    const extraEnv = [
      { name: "WORKERS", value: "4" },
      { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
    ];
    assert.deepEqual((await render({ extraEnv })).container.env, extraEnv);
  });

  it("is probed for life and readiness at the port named http", () => {
    assert.deepEqual(defaults.container.livenessProbe, {
      httpGet: { path: "/", port: "http" },
      initialDelaySeconds: 30,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
    assert.deepEqual(defaults.container.readinessProbe, {
      httpGet: { path: "/", port: "http" },
      initialDelaySeconds: 10,
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 3,
    });
  });

  for (const probe of ["livenessProbe", "readinessProbe"] as const) {
    it(`is probed as healthCheck.${probe} says, or not at all`, async () => {
      const timing = { initialDelaySeconds: 0, periodSeconds: 7, timeoutSeconds: 6, failureThreshold: 4 };
      const { container } = await render({ healthCheck: { [probe]: { path: "/health?full=1", ...timing } } });
      assert.deepEqual(container[probe], { httpGet: { path: "/health?full=1", port: "http" }, ...timing });
      const { container: without } = await render({ healthCheck: { [probe]: { enabled: false } } });
      const other = probe === "livenessProbe" ? "readinessProbe" : "livenessProbe";
      assert.ok(!(probe in without) && other in without);
    });
  }

  it("reserves and limits the resources that are set", async () => {
    assert.deepEqual(defaults.container.resources, {
      limits: { cpu: "200m", memory: "256Mi" },
      requests: { cpu: "100m", memory: "128Mi" },
    });
    const resources = { limits: { cpu: null, "nvidia.com/gpu": 1 }, requests: { cpu: 0.5 } };
    assert.deepEqual((await render({ resources })).container.resources, {
      limits: { memory: "256Mi", "nvidia.com/gpu": 1 },
      requests: { cpu: 0.5, memory: "128Mi" },
    });
  });

  it("runs under the security contexts that hold for every image", () => {
    assert.deepEqual(defaults.pod.securityContext, { seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual(defaults.container.securityContext, { allowPrivilegeEscalation: false });
  });

  describe("with hardened", () => {
    const restricted = { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 };
    const confined = { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
    const migration = { enabled: true, command: ["migrate"] };

    it("runs its pods and the migration's as an ordinary user, with a writable /tmp only", async () => {
      const manifests = await render({ hardened: true, migration });
      const { spec } = manifests.one("Job").spec!.template;
      for (const { securityContext, containers, volumes } of [manifests.pod, spec!]) {
        assert.deepEqual(securityContext, { ...restricted, seccompProfile: { type: "RuntimeDefault" } });
        assert.deepEqual(containers[0].securityContext, { ...confined, allowPrivilegeEscalation: false });
        assert.deepEqual(containers[0].volumeMounts, [{ name: "tmp", mountPath: "/tmp" }]);
        assert.deepEqual(volumes, [{ name: "tmp", emptyDir: {} }]);
      }
    });

    it("lets single fields be set differently, also to false and 0", async () => {
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

    it("leaves /tmp to a volume of your own that is mounted there", async () => {
      const extraVolumes = [{ name: "tmp", emptyDir: { medium: "Memory" } }];
      const extraVolumeMounts = [{ name: "tmp", mountPath: "/tmp/" }];
      const { pod, container } = await render({ hardened: true, extraVolumes, extraVolumeMounts });
      assert.deepEqual(pod.volumes, extraVolumes);
      assert.deepEqual(container.volumeMounts, extraVolumeMounts);
    });

    it("lets other mounts use its volume", async () => {
      const extraVolumeMounts = [{ name: "tmp", mountPath: "/run/app" }];
      const { container } = await render({ hardened: true, extraVolumeMounts });
      assert.deepEqual(container.volumeMounts, [{ name: "tmp", mountPath: "/tmp" }, ...extraVolumeMounts]);
    });
  });

  it("gives its pods no token for the Kubernetes API, unless they are to have one", async () => {
    assert.equal(defaults.pod.automountServiceAccountToken, false);
    const { pod } = await render({ automountServiceAccountToken: true });
    assert.equal(pod.automountServiceAccountToken, true);
  });

  it("mounts its claim and the extra volumes", async () => {
    const { pod, container } = await render({
      persistence: { enabled: true, mountPath: "/models" },
      extraVolumes: [{ name: "tmp", emptyDir: {} }],
      extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    });
    assert.deepEqual(pod.volumes, [
      { name: "data", persistentVolumeClaim: { claimName: "shop-flask-app" } },
      { name: "tmp", emptyDir: {} },
    ]);
    assert.deepEqual(container.volumeMounts, [
      { name: "data", mountPath: "/models" },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("mounts the extra volumes alone when there is no claim", async () => {
    const { pod, container } = await render({
      extraVolumes: [{ name: "tmp", emptyDir: {} }],
      extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    });
    assert.deepEqual(pod.volumes, [{ name: "tmp", emptyDir: {} }]);
    assert.deepEqual(container.volumeMounts, [{ name: "tmp", mountPath: "/tmp" }]);
  });

  it("places its pods, and runs other containers and hooks, as the values say", async () => {
    const placement = {
      nodeSelector: { "kubernetes.io/arch": "amd64" },
      tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }],
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] } },
      initContainers: [{ name: "fetch-model", image: "fetch:1" }],
    };
    const lifecycle = { preStop: { exec: { command: ["sleep", "5"] } } };
    const sidecar = { name: "proxy", image: "proxy:1" };
    const { pod, container } = await render({ ...placement, lifecycle, sidecars: [sidecar] });
    assert.deepEqual({ ...pod, ...placement }, pod);
    assert.deepEqual(container.lifecycle, lifecycle);
    assert.deepEqual(
      pod.containers.map(({ name }) => name),
      ["flask-app", "proxy"],
    );
    for (const field of Object.keys(placement)) {
      assert.ok(!(field in defaults.pod) && !(field in defaults.container), field);
    }
  });

  it("annotates its pods beside the checksums", async () => {
    const { metadata } = (await render({ podAnnotations: { team: "ml" } })).one("Deployment").spec!.template;
    assert.deepEqual(Object.keys(metadata?.annotations ?? {}), ["checksum/config", "checksum/secret", "team"]);
    assert.equal(metadata?.annotations?.team, "ml");
  });

  it("restarts its pods when their configuration changes", async () => {
    const changes = {
      "checksum/config": [{ flask: { logLevel: "DEBUG" } }, { mlModel: { enabled: true } }],
      "checksum/secret": [{ flask: { secretKey: "other" } }, { redis: { enabled: true, host: "cache" } }],
    };
    const before = checksums(defaults);
    for (const [checksum, values] of Object.entries(changes)) {
      for (const change of values) {
        const after = checksums(await render(change));
        const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
        assert.deepEqual(changed, [checksum], JSON.stringify(change));
      }
    }
  });

  it("has no checksum of a Secret that is not its own", async () => {
    assert.deepEqual(Object.keys(checksums(await render({ existingSecret: "env" }))), ["checksum/config"]);
  });

  it("leaves its pods alone when something changes that they do not see", async () => {
    const changes = [
      { service: { annotations: { a: "b" } } },
      { replicaCount: 3 },
      { serviceMonitor: { enabled: true } },
    ];
    for (const change of changes) {
      assert.deepEqual(podTemplate(await render(change)), podTemplate(defaults), JSON.stringify(change));
    }
  });

  it("leaves its pods alone when the chart gets another version and nothing else", () =>
    withCopyOfChart(async (chart) => {
      const file = path.join(chart, "Chart.yaml");
      const content = yaml.parse(fs.readFileSync(file, "utf8")) as object;
      fs.writeFileSync(file, yaml.stringify({ ...content, version: "9.9.9+build.1", appVersion: "9.9.9" }));
      const bumped = await render(everySection, { chart });
      assert.equal(bumped.one("Deployment").metadata?.labels?.["helm.sh/chart"], "flask-app-9.9.9_build.1");
      assert.equal(bumped.one("Deployment").metadata?.labels?.["app.kubernetes.io/version"], "9.9.9");
      assert.deepEqual(podTemplate(bumped), podTemplate(await render(everySection)));
    }));
});

function podTemplate(manifests: Manifests): k8s.V1PodTemplateSpec {
  return manifests.one("Deployment").spec!.template;
}

function checksums(manifests: Manifests): Record<string, string> {
  return podTemplate(manifests).metadata?.annotations ?? {};
}
