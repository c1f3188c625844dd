import assert from "node:assert/strict";
import { isDeepStrictEqual } from "util";
import { checksumOf, find, names, ofType, passwordOf, ProgramRun, Registration, runStack } from "../helpers/program";

describe("A changed stack", function () {
  this.timeout(20_000);

  const newValues: [value: string, restarted: string[]][] = [
    ["flask-dev-postgresql-auth-password", ["flask-dev"]],
    ["flask-dev-postgresql-auth-postgres-password", []],
    ["flask-dev-redis-auth-redis-password", ["flask-dev", "flask-dev-redis"]],
    ["flask-dev-env-SECRET_KEY", ["flask-dev"]],
  ];
  for (const [value, restarted] of newValues) {
    it(`restarts ${restarted.join(" and ") || "nothing"} for a new ${value}`, async () => {
      const before = await runStack("dev");
      const passwords = (name: string) => (name === value ? "new" : passwordOf(name));
      const after = await runStack("dev", undefined, { passwords });
      const releases = ["flask-dev", "flask-dev-postgresql", "flask-dev-redis"];
      assert.deepEqual(
        releases.filter((release) => checksumOf(before, release) !== checksumOf(after, release)),
        restarted,
      );
    });
  }

  it("restarts nothing for the sake of its Secrets when anything else changes", async () => {
    const releases = ["flask-dev", "flask-dev-redis"];
    const before = await runStack("dev");
    const after = await runStack("dev", (config) => {
      config["flask-app:timeoutSeconds"] = 77;
      Object.assign(config["flask-app:app"] as object, { replicaCount: 5 });
    });
    assert.deepEqual(
      releases.map((release) => checksumOf(after, release)),
      releases.map((release) => checksumOf(before, release)),
    );
  });

  it("keeps the inputs of every resource if nothing is rotated", async () => {
    const inputs = ({ registrations }: ProgramRun) => registrations.map(({ resource, inputs }) => [resource, inputs]);
    const without = await runStack("production");
    const empty = await runStack("production", (config) => {
      config["flask-app:rotation"] = {};
    });
    assert.deepEqual(Object.fromEntries(inputs(empty)), Object.fromEntries(inputs(without)));
    assert.doesNotMatch(JSON.stringify(inputs(without)), /keepers|rotation/);
  });

  it("keeps every password when anything else changes", async () => {
    const passwords = (run: ProgramRun) =>
      ofType(run, "RandomPassword").map(({ name, inputs, parent, protect }) => ({ name, inputs, parent, protect }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    const before = passwords(await runStack("dev")).sort(byName);
    assert.equal(before.length, 4);
    const after = await runStack("dev", (config) => {
      config["flask-app:timeoutSeconds"] = 77;
      config["flask-app:podSecurity"] = "privileged";
      Object.assign(config["flask-app:app"] as object, { replicaCount: 5, image: { repository: "mine", tag: "v2" } });
      config["flask-app:postgresql"] = {
        inCluster: { username: "ann", database: "orders", storage: { size: "9Gi" }, image: { tag: "15.5.0" } },
      };
      config["flask-app:redis"] = { inCluster: { storage: { size: "9Gi", class: "fast-ssd" }, image: { tag: "7.2" } } };
    });
    assert.deepEqual(passwords(after).sort(byName), before);
  });

  const rotations = [
    ["postgresql", "flask-prod-postgresql-auth", ["password", "backup-password"]],
    ["redis", "flask-prod-redis-auth", ["redis-password"]],
    ["secretKey", "flask-prod-env", ["SECRET_KEY"]],
  ] as const;
  for (const [key, secret, passwordKeys] of rotations) {
    it(`replaces exactly the passwords of rotation.${key}, the only resources that lose their protection`, async () => {
      const passwords = passwordKeys.map((name) => `RandomPassword ${secret}-${name}`);
      const before = await runStack("production");
      const after = await runStack("production", (config) => {
        config["flask-app:rotation"] = { [key]: "2026-11-24" };
      });
      const changed = after.registrations
        .filter(({ resource, inputs }) => !isDeepStrictEqual(inputs, find(before, resource).inputs))
        .map(({ resource }) => resource);
      assert.deepEqual(changed.sort(), [...passwords, `Secret ${secret}`].sort());
      const unprotected = names(after.registrations.filter(({ protect }) => !protect));
      const unprotectedBefore = names(before.registrations.filter(({ protect }) => !protect));
      assert.deepEqual(unprotected, [...new Set([...unprotectedBefore, ...passwords])].sort());
    });
  }

  it("registers nothing if its config is wrong", async () => {
    const registrations: Registration[] = [];
    const run = runStack(
      "dev",
      (config) => {
        config["flask-app:protect"] = "yes";
      },
      { registrations },
    );
    await assert.rejects(run, {
      message:
        'Pulumi.dev.yaml has a fault; nothing was changed:\n  flask-app:protect: found "yes", accepted: a boolean',
    });
    assert.deepEqual(registrations, []);
  });
});
