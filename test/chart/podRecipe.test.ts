import * as assert from "assert/strict";
import * as path from "path";
import type * as k8s from "@kubernetes/client-node";
import { Manifests, render, Values } from "../helpers/helm";

/** The pods with the app's image, apart from the app's own, by their roles. */
const others = {
  worker: (manifests: Manifests) => manifests.one("Deployment", "shop-web-worker").spec!.template,
  migration: (manifests: Manifests) => manifests.one("Job").spec!.template,
};

/** The table in the chart's README says the same. */
describe("the pods with the app's image", function () {
  this.timeout(60_000);
  let manifests: Manifests;

  before("render every value", async () => {
    manifests = await render({}, { files: [path.join(__dirname, "everything.yaml")] });
  });

  for (const [role, templateOf] of Object.entries(others)) {
    it(`have the same image, environment and security: the app's and the ${role}'s`, () => {
      const { spec } = templateOf(manifests);
      assertSame(spec!.containers[0], manifests.container, ["image", "imagePullPolicy", "env", "securityContext"]);
      assertSame(spec!, manifests.pod, ["securityContext", "automountServiceAccountToken"]);
    });

    it(`run in the same places, with the same labels: the app's and the ${role}'s`, () => {
      const { spec, metadata } = templateOf(manifests);
      const app = manifests.one("Deployment", "shop-web").spec!.template;
      assertSame(spec!, app.spec!, [
        ...(["imagePullSecrets", "priorityClassName", "runtimeClassName"] as const),
        ...(["nodeSelector", "tolerations", "affinity"] as const),
      ]);
      assert.equal(metadata?.labels?.tier, "web");
      assert.equal(metadata?.annotations?.pod, "yes");
    });

    it(`mount /tmp and the extra volumes: the app's and the ${role}'s`, () => {
      const { volumes, containers } = templateOf(manifests).spec!;
      const names = volumes!.map(({ name }) => name);
      assert.ok(names.includes("tmp") && names.includes("shop-cache"));
      assert.ok(containers[0].volumeMounts!.some(({ mountPath }) => mountPath === "/cache"));
    });
  }

  it("keep rules about other pods to the app", async () => {
    const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [] };
    const { pod, ...rest } = await renderRoles({ affinity: { nodeAffinity, podAntiAffinity } });
    assert.deepEqual(pod.affinity, { nodeAffinity, podAntiAffinity });
    for (const [role, { affinity }] of Object.entries(rest)) {
      assert.deepEqual(affinity, { nodeAffinity }, role);
    }
  });
});

describe("the worker", function () {
  this.timeout(60_000);

  it("has the app's init containers, sidecars, model, data, checksums and account, but nothing of a server", async () => {
    const manifests = await render({}, { files: [path.join(__dirname, "everything.yaml")] });
    const { spec, metadata } = others.worker(manifests);
    const app = manifests.one("Deployment", "shop-web").spec!.template;
    assertSame(spec!, app.spec!, ["initContainers", "volumes", "serviceAccountName", "terminationGracePeriodSeconds"]);
    assert.deepEqual(metadata?.annotations, app.metadata?.annotations);
    const [worker, ...sidecars] = spec!.containers;
    assert.deepEqual(sidecars, app.spec!.containers.slice(1));
    assertSame(worker, manifests.container, ["volumeMounts", "envFrom"]);
    assert.deepEqual([worker.command, worker.args], [["celery"], ["worker"]]);
    for (const field of ["ports", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
      assert.ok(!(field in worker), field);
    }
  });

  it("is spread by its own labels", async () => {
    const constraint = { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" };
    const worker = { enabled: true, command: ["work"] };
    const manifests = await render({ worker, topologySpreadConstraints: [constraint] });
    const { selector, template } = manifests.one("Deployment", "shop-flask-app-worker").spec!;
    assert.deepEqual(template.spec!.topologySpreadConstraints, [{ ...constraint, labelSelector: selector }]);
  });
});

describe("the model of the migration", function () {
  this.timeout(60_000);
  const fetch = { enabled: true, command: ["fetch"] };
  const model = { name: "model", mountPath: "/models", readOnly: true };

  for (const { title, values, volume } of [
    {
      title: "an existing claim",
      values: { volume: { type: "existingClaim", existingClaim: "models" } },
      volume: { persistentVolumeClaim: { claimName: "models" } },
    },
    {
      title: "a copy of its own, as in every pod",
      values: { volume: { type: "emptyDir" }, fetch },
      volume: { emptyDir: {} },
    },
    {
      title: "a copy of its own instead of the chart's claim, which does not exist before the first install",
      values: { volume: { type: "claim" }, fetch },
      volume: { emptyDir: {} },
    },
  ]) {
    it(`is ${title}`, async () => {
      const { migration } = await renderRoles({ mlModel: { enabled: true, ...values } });
      assert.deepEqual(migration.volumes, [{ name: "model", ...volume }]);
      assert.deepEqual(migration.containers[0].volumeMounts, [model]);
      assert.equal(migration.initContainers?.[0].name, "fetch" in values ? "fetch-model" : undefined);
    });
  }

  it("comes without the app's data, whose claim may not exist yet, or may be in use on another node", async () => {
    const { migration } = await renderRoles({ persistence: { enabled: true, existingClaim: "data" } });
    assert.equal(migration.volumes, undefined);
  });
});

/** Renders values with every role turned on, and returns the specs of the pods. */
async function renderRoles(values: Values): Promise<Record<"pod" | "migration", k8s.V1PodSpec>> {
  const manifests = await render({ migration: { enabled: true, command: ["migrate"] }, ...values });
  return { pod: manifests.pod, migration: others.migration(manifests).spec! };
}

function assertSame<T extends object>(found: T, expected: T, fields: (keyof T)[]): void {
  for (const field of fields) {
    assert.ok(expected[field] !== undefined, String(field));
    assert.deepEqual(found[field], expected[field], String(field));
  }
}
