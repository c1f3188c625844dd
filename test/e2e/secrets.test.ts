import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile } from "../../tools/lib/paths";
import { api, Project, readSecret } from "../helpers/project";
import { releaseRecords, searchFiles, Secret, secretsIn, shownIn } from "../helpers/secretSearch";
import { describeWith } from "../helpers/describeWith";
import { pulumi } from "../helpers/engine";

const namespace = "production";
const stack = ["--stack", "production"];

describeWith("pulumi", "The secrets of the production stack with the Pulumi CLI", function () {
  this.timeout(600_000);
  let project: Project;
  let folder: string;
  const secrets: Secret[] = [];
  /** Everything that the CLI has printed. */
  let printed = "";

  before("deploy production from a copy of the project", async () => {
    project = Project.copy();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-secrets-"));
    const { exitCode, output } = await project.run(["start", ...stack], { ...process.env, TMPDIR: folder });
    assert.equal(exitCode, 0, output);
    printed += output;
    secrets.push(...(await secretsIn(namespace)));
    assert.equal(secrets.length, 7);
  });

  after(async () => {
    await project.run(["destroy", ...stack], process.env);
    project.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command of the CLI, which must succeed. */
  async function run(...args: string[]): Promise<string> {
    const { all } = await pulumi(project, [...args, ...stack], true, kubeconfigFile, { TMPDIR: folder });
    printed += all;
    return all;
  }

  /** Sets a config key of the stack with the documented command. */
  const configure = (key: string, value: string) => run("config", "set", "--path", `flask-app:${key}`, value);
  const up = (...args: string[]) => run("up", "--yes", "--diff", ...args);

  for (const [key, secret, passwords, url] of [
    ["postgresql", "flask-prod-postgresql-auth", ["password", "backup-password"], "DATABASE_URL"],
    ["redis", "flask-prod-redis-auth", ["redis-password"], "REDIS_URL"],
    ["secretKey", "flask-prod-env", ["SECRET_KEY"], undefined],
  ] as const) {
    it(`are rotated by rotation.${key}, and no others, although the stack is protected`, async () => {
      const before = await values();
      await configure(`rotation.${key}`, "2026-11-24");
      await up();
      const after = await values();
      const changed = Object.keys(before).filter((name) => after[name] !== before[name]);
      const expected = [...passwords.map((name) => `${secret} ${name}`), ...(url ? [`flask-prod-env ${url}`] : [])];
      assert.deepEqual(changed.sort(), expected.sort());
      if (url) {
        assert.ok(after[`flask-prod-env ${url}`].includes(after[`${secret} ${passwords[0]}`]));
      }
      secrets.push(...(await secretsIn(namespace)));
    });
  }

  it("are rotated again by another value, and then stay as they are", async () => {
    const before = await values();
    await configure("rotation.postgresql", "2026-12-24");
    await up();
    assert.notEqual(
      (await values())["flask-prod-postgresql-auth password"],
      before["flask-prod-postgresql-auth password"],
    );
    secrets.push(...(await secretsIn(namespace)));
    assert.match(await run("preview", "--expect-no-changes"), /29 unchanged/);
  });

  it("include those that the user encrypts in secretEnv, which go into the app's Secret and restart its pods", async () => {
    const before = await values();
    await run("config", "set", "--secret", "--path", "flask-app:secretEnv.STRIPE_KEY", "sk_live_hunter22");
    assert.match(await up(), /~ checksum\/secret/);
    assert.deepEqual(await values(), { ...before, "flask-prod-env STRIPE_KEY": "sk_live_hunter22" });
    secrets.push(...(await secretsIn(namespace)));
    assert.match(await run("preview", "--expect-no-changes"), /29 unchanged/);
  });

  it("are refused in the chart's values, even in a preview, with the path and what to do", async () => {
    const name = "flask-app:app.extraEnv[0]";
    await run("config", "set", "--path", `${name}.name`, "TOKEN");
    await run("config", "set", "--secret", "--path", `${name}.value`, "misplaced-hunter22");
    const { exitCode, all } = await pulumi(project, ["preview", "--diff", ...stack], false);
    assert.notEqual(exitCode, 0);
    assert.match(all, /flask-app:app\.extraEnv\[0\]\.value: is encrypted, but .*flask-app:secretEnv\.NAME/);
    assert.doesNotMatch(all, /misplaced-hunter22/);
    await run("config", "rm", "--path", "flask-app:app.extraEnv");
  });

  it("stay usable for the app when setting the new password fails, and the next `up` completes the rotation", async () => {
    const before = await values();
    const quota = { metadata: { name: "no-pods" }, spec: { hard: { pods: "0" } } };
    await api(k8s.CoreV1Api).createNamespacedResourceQuota({ namespace, body: quota });
    await configure("timeoutSeconds", "10");
    await configure("rotation.postgresql", "2027-01-24");
    const failed = await pulumi(project, ["up", "--yes", ...stack], false);
    await api(k8s.CoreV1Api).deleteNamespacedResourceQuota({ namespace, name: "no-pods" });
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.all, /Job \(flask-prod-postgresql-password\):[^]*DeadlineExceeded/);
    printed += failed.all;
    secrets.push(...(await secretsIn(namespace)));
    const between = await values();
    assert.notEqual(between["flask-prod-postgresql-auth password"], before["flask-prod-postgresql-auth password"]);
    assert.equal(between["flask-prod-env DATABASE_URL"], before["flask-prod-env DATABASE_URL"]);

    await configure("timeoutSeconds", "120");
    await up();
    const after = await values();
    assert.equal(after["flask-prod-postgresql-auth password"], between["flask-prod-postgresql-auth password"]);
    assert.ok(after["flask-prod-env DATABASE_URL"].includes(after["flask-prod-postgresql-auth password"]));
  });

  it("stay in the same Secret, which is updated and not replaced", async () => {
    const { metadata } = await api(k8s.CoreV1Api).readNamespacedSecret({
      namespace,
      name: "flask-prod-postgresql-auth",
    });
    const release = await api(k8s.AppsV1Api).readNamespacedStatefulSet({ namespace, name: "flask-prod-postgresql" });
    assert.ok(metadata!.creationTimestamp! <= release.metadata!.creationTimestamp!);
  });

  it("survive a refresh", () => unchanged(async () => void (await run("refresh", "--yes"))));

  it("survive an upgrade with other images, more pods and another timeout", () =>
    unchanged(async () => {
      await configure("app.image.tag", "v2.0.0");
      await configure("app.autoscaling.minReplicas", "4");
      await configure("postgresql.inCluster.image.tag", "15.5.0");
      await configure("timeoutSeconds", "500");
      await up();
    }));

  it("survive new names for the component and its resources with `aliases`, without which `up` fails", () =>
    unchanged(async () => {
      project.edit("index.ts", 'new Postgresql(\n        "postgresql",', 'new Postgresql(\n        "database",');
      project.edit("components/postgresql.ts", '"flask-app:index:Postgresql"', '"flask-app:index:Database"');
      project.edit("components/generatedSecret.ts", "randomValue(`${name}", "randomValue(`value-of-${name}");
      const refused = await pulumi(project, ["up", "--yes", ...stack], false);
      assert.notEqual(refused.exitCode, 0, refused.all);
      assert.match(refused.all, /protect/);

      project.edit(
        "index.ts",
        "{ protect },\n      );\n\n  const redis",
        '{ protect, aliases: [{ name: "postgresql", type: "flask-app:index:Postgresql" }] },\n      );\n\n  const redis',
      );
      project.edit(
        "components/generatedSecret.ts",
        "): pulumi.Output<string> {\n",
        '): pulumi.Output<string> {\n  opts = { ...opts, aliases: [{ name: name.replace("value-of-", "") }] };\n',
      );
      assert.match(await up(), /29 unchanged/);
    }));

  it("survive an attempt to destroy the stack, because everything that holds them is protected", () =>
    unchanged(async () => {
      const { exitCode, all } = await pulumi(project, ["destroy", "--yes", ...stack], false);
      printed += all;
      assert.notEqual(exitCode, 0);
      assert.match(all, /protect/);
    }));

  it("do not appear in what the CLI prints, nor in its logs up to verbosity 2", async () => {
    await run("preview", "--diff");
    await run("stack", "output", "--json");
    await run("up", "--yes", "--logtostderr", "-v=2");
    assert.match(printed, /"app": "flask-prod-env"/);
    assert.deepEqual(shownIn(printed, secrets), []);
  });

  it("appear in the engine's logs from verbosity 3 on, as docs/rotation.md warns", async () => {
    const { all } = await pulumi(project, ["preview", ...stack, "--logtostderr", "-v=9"]);
    assert.notDeepEqual(shownIn(all, secrets), [], "the warning is obsolete");
    const lower = await pulumi(project, ["preview", ...stack, "--logtostderr", "-v=2"]);
    assert.deepEqual(shownIn(lower.all, secrets), []);
  });

  it("do not appear in any of Helm's release records", async () => {
    const records = await releaseRecords(namespace);
    assert.ok(records.length > 5);
    assert.deepEqual(
      records.flatMap((record) => shownIn(record, secrets)),
      [],
    );
  });

  it("are encrypted in the state: in the export and in every file, with the history and backups", async () => {
    const exported = await run("stack", "export");
    assert.match(exported, /"ciphertext"/);
    assert.deepEqual(shownIn(exported, secrets), []);
    const { found, files } = searchFiles(path.join(project.sandbox, "pulumi"), secrets);
    assert.ok(files > 10, `${files} files`);
    assert.deepEqual(found, []);
  });

  it("do not appear in any other file of the sandbox, in temporary files, or in the CLI's own files", () => {
    const etcd = path.join(project.sandbox, "etcd");
    assert.deepEqual(searchFiles(project.sandbox, secrets, (file) => file === etcd).found, []);
    assert.deepEqual(searchFiles(folder, secrets).found, []);
    const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
    const programs = ["plugins", "bin"].map((name) => path.join(home, name));
    assert.deepEqual(searchFiles(home, secrets, (file) => programs.includes(file)).found, []);
  });

  /** Does something that must not change any secret. */
  async function unchanged(change: () => Promise<void>): Promise<void> {
    const before = await values();
    await change();
    assert.deepEqual(await values(), before);
  }
});

/** All values of the stack's Secrets, by Secret and key. */
async function values(): Promise<Record<string, string>> {
  const names = ["flask-prod-env", "flask-prod-postgresql-auth", "flask-prod-redis-auth"];
  const found = await Promise.all(names.map((name) => readSecret(namespace, name)));
  return Object.fromEntries(
    found.flatMap((secret, index) => Object.entries(secret).map(([key, value]) => [`${names[index]} ${key}`, value])),
  );
}
