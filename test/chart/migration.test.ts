import * as assert from "assert/strict";
import * as path from "path";
import { Manifests, render } from "../helpers/helm";

const migration = { enabled: true, command: ["flask", "db", "upgrade"] };

describe("the migration", function () {
  this.timeout(60_000);
  let manifests: Manifests;

  before("render every value", async () => {
    manifests = await render({}, { files: [path.join(__dirname, "everything.yaml")] });
  });

  it("runs like the app: with its image, environment, resources, security context and placement", () => {
    const pod = manifests.one("Job").spec!.template.spec!;
    for (const field of [...(["image", "imagePullPolicy", "env", "resources", "securityContext"] as const)]) {
      assert.ok(manifests.container[field] !== undefined, field);
      assert.deepEqual(pod.containers[0][field], manifests.container[field], field);
    }
    for (const field of [
      ...(["imagePullSecrets", "securityContext", "priorityClassName"] as const),
      ...(["nodeSelector", "tolerations", "automountServiceAccountToken"] as const),
    ]) {
      assert.ok(manifests.pod[field] !== undefined, field);
      assert.deepEqual(pod[field], manifests.pod[field], field);
    }
  });

  it("brings a copy of the new revision's environment, which Helm creates before the Job", () => {
    for (const kind of ["ConfigMap", "Secret"] as const) {
      const own = manifests.one(kind, "shop-web");
      const hook = manifests.every(kind).find(({ metadata }) => metadata?.name === "shop-web-migration");
      assert.deepEqual(hook?.data, own.data, kind);
      assert.equal(hook?.metadata?.annotations?.["helm.sh/hook-weight"], "-1");
    }
    const [config, secret] = manifests.one("Job").spec!.template.spec!.containers[0].envFrom!;
    assert.equal(config.configMapRef?.name, "shop-web-migration");
    assert.equal(secret.secretRef?.name, "shop-web-migration");
  });

  it("reads existingSecret if there is one", async () => {
    const { spec } = (await render({ migration, existingSecret: "env" })).one("Job");
    assert.deepEqual(spec!.template.spec!.containers[0].envFrom?.[1], { secretRef: { name: "env" } });
  });

  it("waits for the database if there is a network policy, which admits a new pod only after a moment", async () => {
    const { spec } = (await render({ migration, existingSecret: "env", networkPolicy: { enabled: true } })).one("Job");
    const [{ env }] = spec!.template.spec!.initContainers!;
    assert.deepEqual(env?.[0].valueFrom, { secretKeyRef: { name: "env", key: "DATABASE_URL", optional: true } });
    const without = (await render({ migration })).one("Job").spec!.template.spec!;
    assert.ok(!("initContainers" in without));
  });

  it("does not use the app's service account, which does not exist yet", async () => {
    const { spec } = (await render({ migration })).one("Job");
    assert.equal(spec!.template.spec!.serviceAccountName, undefined);
  });
});
