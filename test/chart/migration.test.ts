import * as assert from "assert/strict";
import { render, Values } from "../helpers/helm";

const migration = { enabled: true, command: ["flask", "db", "upgrade"] };

describe("the migration", function () {
  this.timeout(60_000);

  it("is made only when it is enabled", async () => {
    assert.deepEqual((await render()).every("Job"), []);
  });

  it("is a Job that runs before each install and upgrade, and is kept when it fails", async () => {
    const job = (await render({ migration })).one("Job");
    assert.deepEqual(job.metadata?.annotations, {
      "helm.sh/hook": "pre-install,pre-upgrade",
      "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    });
    assert.deepEqual([job.spec?.backoffLimit, job.spec?.activeDeadlineSeconds], [0, 300]);
    assert.equal(job.spec?.template.spec?.restartPolicy, "Never");
  });

  it("runs the app's image and command with its pull policy, resources and security", async () => {
    const values: Values = {
      migration: { ...migration, args: ["--sql"], backoffLimit: 2, activeDeadlineSeconds: 60 },
      image: { repository: "registry.example.com/app", tag: "v2", pullPolicy: "Always" },
      imagePullSecrets: [{ name: "login" }],
      podSecurityContext: { runAsNonRoot: true },
      securityContext: { readOnlyRootFilesystem: true },
      priorityClassName: "high",
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "gpu", operator: "Exists" }],
      extraVolumes: [{ name: "tmp", emptyDir: {} }],
      extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    };
    const manifests = await render(values);
    const { spec } = manifests.one("Job");
    const pod = spec!.template.spec!;
    const [container] = pod.containers;
    assert.deepEqual([spec?.backoffLimit, spec?.activeDeadlineSeconds], [2, 60]);
    assert.deepEqual([container.command, container.args], [["flask", "db", "upgrade"], ["--sql"]]);
    for (const field of ["image", "imagePullPolicy", "resources", "securityContext", "volumeMounts"] as const) {
      assert.ok(container[field] !== undefined, field);
      assert.deepEqual(container[field], manifests.container[field], field);
    }
    for (const field of [
      ...(["imagePullSecrets", "securityContext", "priorityClassName"] as const),
      ...(["nodeSelector", "tolerations", "volumes", "automountServiceAccountToken"] as const),
    ]) {
      assert.ok(pod[field] !== undefined, field);
      assert.deepEqual(pod[field], manifests.pod[field], field);
    }
  });

  it("brings the environment of the new revision with it, since the release's own objects are not there yet", async () => {
    const values = { migration, database: { enabled: true, host: "db" }, extraEnv: [{ name: "A", value: "1" }] };
    const manifests = await render(values);
    const [container] = manifests.one("Job").spec!.template.spec!.containers;
    assert.deepEqual(container.env, [{ name: "A", value: "1" }]);
    assert.deepEqual(container.envFrom, [
      { configMapRef: { name: "shop-flask-app-migration" } },
      { secretRef: { name: "shop-flask-app-migration" } },
    ]);
    for (const kind of ["ConfigMap", "Secret"] as const) {
      const [own, hook] = ["shop-flask-app", "shop-flask-app-migration"].map((name) =>
        manifests.every(kind).find(({ metadata }) => metadata?.name === name),
      );
      assert.deepEqual(hook?.data, own?.data, kind);
      assert.equal(hook?.metadata?.annotations?.["helm.sh/hook-weight"], "-1");
    }
  });

  it("takes its secrets from existingSecret where there is one", async () => {
    const manifests = await render({ migration, existingSecret: "env" });
    const [container] = manifests.one("Job").spec!.template.spec!.containers;
    assert.deepEqual(container.envFrom?.[1], { secretRef: { name: "env" } });
    assert.deepEqual(manifests.every("Secret"), []);
  });

  it("runs as the service account that is set, for the app's own is not there yet", async () => {
    const account = async (values: Values) =>
      (await render({ migration: { ...migration, ...values } })).one("Job").spec!.template.spec!.serviceAccountName;
    assert.equal(await account({}), undefined);
    assert.equal(await account({ serviceAccountName: "migrator" }), "migrator");
  });

  it("is not served by the app's Service", async () => {
    const manifests = await render({ migration });
    const selector = manifests.one("Service").spec?.selector as Record<string, string>;
    const labels = manifests.one("Job").spec!.template.metadata?.labels ?? {};
    assert.ok(Object.entries(selector).some(([key, value]) => labels[key] !== value));
  });
});
