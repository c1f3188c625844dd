import assert from "node:assert/strict";
import { parseStackConfig } from "../../components/config";
import { guardedConfig } from "../../components/guardedStack";
import { guardedResources, StackResource } from "../../policy/guardedResources";
import { readStackFile, toProgramConfig } from "../../sandbox/stackFiles";
import { Registration, runStack } from "./program";

const release = (component: string, values: object, protect = true): StackResource => ({
  type: "kubernetes:helm.sh/v3:Release",
  parent: { type: `flask-app:index:${component}` },
  props: { namespace: "production", values },
  opts: { protect },
});
const namespace = (labels?: object, name = "production", protect = true): StackResource => ({
  type: "kubernetes:core/v1:Namespace",
  props: { metadata: { name, labels } },
  opts: { protect },
});
const app = release("FlaskApp", {}, false);

/** A resource as the engine shows it to a policy. */
function shown({ type, parent, inputs, protect }: Registration): StackResource {
  return {
    type,
    parent: { type: `flask-app:index:${parent.split(" ")[0]}` },
    props: inputs,
    opts: { protect },
  };
}

describe("The policy pack", () => {
  it("sees in the production stack's resources what its config says", async () => {
    const raw = toProgramConfig(readStackFile("production").config);
    const expected = guardedConfig("production", parseStackConfig("production", "flask-app", raw));
    const seen = guardedResources("production", (await runStack("production")).registrations.map(shown));

    assert.deepEqual(Object.keys(seen.databases), ["postgresql", "redis"]);
    for (const [key, { imageTag, ...database }] of Object.entries(seen.databases)) {
      assert.match(imageTag!, /^\d+\.\d+\.\d+-debian/);
      assert.deepEqual({ imageTag: undefined, ...database }, expected.databases[key]);
    }
    // The program adds these two.
    const { existingSecret, networkPolicy } = seen.app;
    assert.deepEqual(
      { ...seen, databases: expected.databases },
      { ...expected, app: { ...expected.app, existingSecret, networkPolicy } },
    );
    assert.equal(networkPolicy.enabled, true);
  });

  it("sees the Pod Security Standard of the app's own namespace", () => {
    const label = "pod-security.kubernetes.io/enforce";
    const other = namespace({ [label]: "privileged" }, "other");
    const { podSecurity } = guardedResources("test", [other, namespace({ [label]: "restricted" }), app]);
    assert.equal(podSecurity, "restricted");
    assert.equal(guardedResources("test", [namespace(), app]).podSecurity, undefined);
    assert.equal(guardedResources("test", [other, app]).podSecurity, undefined);
  });

  it("sees a database's image, resources, volume and backups", () => {
    const resources = { requests: { cpu: "1" } };
    const values = { image: { tag: "latest" }, primary: { resources, persistence: { enabled: false } } };
    assert.deepEqual(guardedResources("test", [app, release("Postgresql", values)]).databases, {
      postgresql: { imageTag: "latest", resources, persistent: false, protected: true, backedUp: false },
    });
    const fixed = { image: { tag: "latest", digest: `sha256:${"0".repeat(64)}` } };
    assert.equal(guardedResources("test", [app, release("Redis", fixed)]).databases.redis.imageTag, undefined);
    const backedUp = release("Postgresql", { backup: { enabled: true } });
    assert.equal(guardedResources("test", [app, backedUp]).databases.postgresql.backedUp, true);
    assert.deepEqual(guardedResources("test", [app, release("Redis", {})]).databases, {
      redis: { imageTag: undefined, resources: {}, persistent: true, protected: true },
    });
  });

  for (const [title, resources] of [
    ["its release is not", [namespace(), release("Redis", {}, false)]],
    ["its namespace is not", [namespace({}, "production", false), release("Redis", {})]],
  ] as const) {
    it(`sees that a database is not protected when ${title}`, () => {
      assert.equal(guardedResources("test", [app, ...resources]).databases.redis.protected, false);
    });
  }

  it("reads no pod annotation, one of which is unknown in a preview", () => {
    const podAnnotations = {
      get "checksum/secret"(): string {
        throw new Error("unknown");
      },
    };
    const { podAnnotations: seen } = guardedResources("test", [release("FlaskApp", { podAnnotations })]).app;
    assert.deepEqual(seen, {});
  });

  it("fails when it does not find the app, rather than pass what it has not seen", () => {
    assert.throws(() => guardedResources("production", [namespace()]), {
      message: "The stack production has no Release in a FlaskApp, which the guard rails look at.",
    });
  });
});
