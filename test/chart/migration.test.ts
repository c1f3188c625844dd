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

  it("waits for the database of extraEnv, whose DATABASE_URL wins", async () => {
    const source = { valueFrom: { secretKeyRef: { name: "{{ .Release.Name }}-db", key: "uri" } } };
    const extraEnv = [
      { name: "A", value: "a" },
      { name: "DATABASE_URL", ...source },
    ];
    const { spec } = (await render({ migration, extraEnv, networkPolicy: { enabled: true } })).one("Job");
    const [{ env }] = spec!.template.spec!.initContainers!;
    const release = spec!.template.spec!.containers[0].env!.find(({ name }) => name === "DATABASE_URL");
    assert.deepEqual(env?.[0].valueFrom, release!.valueFrom);
    assert.match(env![0].valueFrom!.secretKeyRef!.name!, /^\w+-db$/);
  });

  it("has containers of its own before and next to it, after the wait and the model fetch", () => {
    const { initContainers, containers } = manifests.one("Job").spec!.template.spec!;
    assert.deepEqual(
      initContainers!.map(({ name }) => name),
      ["wait", "fetch-model", "db-proxy"],
    );
    assert.deepEqual(
      containers.map(({ name }) => name),
      ["migration", "audit"],
    );
  });

  it("does not use an account that the chart creates, but one that exists", async () => {
    const accountOf = async (serviceAccount: object) =>
      (await render({ migration, serviceAccount })).one("Job").spec!.template.spec!.serviceAccountName;
    assert.equal(await accountOf({ name: "flask-sa" }), undefined);
    assert.equal(await accountOf({ create: false, name: "flask-sa" }), "flask-sa");
  });
});
