import * as assert from "assert/strict";
import { changeText } from "../../components/changes/previewChanges";
import { Manifest } from "../../components/checks/manifestFaults";

function configMap(name: string, data: object): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "a" }, data };
}

function statefulSet(checksum: string): Manifest {
  const template = { metadata: { annotations: { "checksum/secret": checksum } } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "redis", namespace: "a" },
    spec: { template },
  };
}

/** A ConfigMap of which many lines differ between two versions. */
function long(name: string, version: string): Manifest {
  return configMap(name, Object.fromEntries([...Array(60).keys()].map((key) => [`key${key}`, version])));
}

/** What a preview prints about a release that it will upgrade. */
const upgrade = (deployed: Manifest[], manifests: Manifest[], printed = { count: 0 }) =>
  changeText({ deployed, manifests, isChanged: true }, "prod", printed);

describe("what a preview prints about a release", () => {
  const service = configMap("settings", { level: "info" });

  it("is nothing if nothing changes", async () => {
    const change = { deployed: [service], manifests: [structuredClone(service)], isChanged: false };
    assert.equal(await changeText(change, "prod", { count: 0 }), undefined);
  });

  it("is one line before the first deployment", async () => {
    const change = { deployed: undefined, manifests: [service, statefulSet("1")], isChanged: true };
    assert.equal(await changeText(change, "prod", { count: 0 }), "2 objects will be created.");
  });

  it("says that an upgrade changes no manifest, such as one of the timeout", async () => {
    assert.equal(
      await upgrade([service], [service]),
      "No manifest changes: Helm adds a revision, and no pod restarts.",
    );
  });

  it("is a line with the impact, and a patch for each object", async () => {
    assert.equal(
      await upgrade([service], [configMap("settings", { level: "debug" })]),
      [
        "1 changed; restarts pods: none; replaces: none; touches data: none.",
        "--- deployed: ConfigMap a/settings",
        "+++ planned: ConfigMap a/settings",
        "@@ -1,7 +1,7 @@",
        " apiVersion: v1",
        " data:",
        "-  level: info",
        "+  level: debug",
        " kind: ConfigMap",
        " metadata:",
        "   name: settings",
        "   namespace: a",
      ].join("\n"),
    );
  });

  it("follows a rotation to the pods that carry the Secret's checksum, before the new one is known", async () => {
    assert.match(
      (await upgrade([statefulSet("0123")], [statefulSet("unknown")]))!,
      /^1 changed; restarts pods: StatefulSet a\/redis; replaces: none; touches data: none\.\n/,
    );
  });

  it("does not depend on the order of objects and keys", async () => {
    const { metadata, ...rest } = service;
    const reordered = { metadata, ...rest } as Manifest;
    const change = {
      deployed: [service, statefulSet("1")],
      manifests: [statefulSet("1"), reordered],
      isChanged: false,
    };
    assert.equal(await changeText(change, "prod", { count: 0 }), undefined);
  });

  it("masks the values of Secrets", async () => {
    const secret = (token: string) => ({ ...configMap("token", {}), kind: "Secret", data: { token } });
    const text = await upgrade([secret("b2xk")], [secret("bmV3")]);
    assert.match(text!, /^-  token: "\[secret\] \(before\)"\n\+  token: "\[secret\] \(after\)"$/m);
    assert.doesNotMatch(text!, /b2xk|bmV3/);
  });

  it("warns if Helm deployed something else behind Pulumi's back", async () => {
    const change = { deployed: [service], manifests: [configMap("settings", { level: "debug" })], isChanged: false };
    assert.match(
      (await changeText(change, "prod", { count: 0 }))!,
      /^The deployed release differs from this, but `pulumi up` would not notice: run `pulumi up --refresh`\.\n1 changed;/,
    );
  });

  it("is at most 40 lines for an object and 120 for all releases, and says how to see the rest", async () => {
    const names = ["a", "b", "c", "d"];
    const printed = { count: 0 };
    const text = await upgrade(
      names.map((name) => long(name, "1")),
      names.map((name) => long(name, "2")),
      printed,
    );
    assert.equal(text!.match(/^(--- .*|\+\+\+ .*|@@.*|[ +-].*)$/gm)!.length, 120);
    assert.match(text!, /\n… \d+ more lines\n--- deployed: ConfigMap a\/b\n/);
    assert.match(text!, /\n… ConfigMap a\/d changed: \d+ lines\nSee all of it with: npm run diff -- prod deployed$/);
    const next = await upgrade([service], [configMap("settings", { level: "debug" })], printed);
    assert.match(next!, /^1 changed;.*\n… ConfigMap a\/settings changed: 11 lines\nSee all/);
  });
});
