import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { succeed } from "../helpers/cluster";
import { helmHome } from "../helpers/helmHome";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { Project, withoutPulumi } from "../helpers/project";
import { otherObjects, releaseRecords, searchFiles, Secret, secretsIn, shownIn } from "../helpers/secretSearch";

const namespace = "development";

describe("the secrets of a stack in the sandbox", function () {
  this.timeout(600_000);
  let project: Project;
  let folder: string;
  /** Those from before and after a rotation. */
  let secrets: Secret[];
  let output = "";

  before("deploy dev, rotate every secret, and deploy it again", async () => {
    project = Project.copy();
    await commit(project);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-secrets-"));
    const env = { ...withoutPulumi(), TMPDIR: folder, ...helmHome(folder) };
    output += await succeed(project, ["start"], env);
    secrets = await secretsIn(namespace);
    assert.deepEqual(secrets.map(({ name }) => name).sort(), [
      "flask-dev-env DATABASE_URL",
      "flask-dev-env REDIS_URL",
      "flask-dev-env SECRET_KEY",
      "flask-dev-postgresql-auth password",
      "flask-dev-postgresql-auth postgres-password",
      "flask-dev-redis-auth redis-password",
    ]);
    project.configure("dev", (config) => {
      config["flask-app:rotation"] = { postgresql: "2026-11-24", redis: "2026-11-24", secretKey: "2026-11-24" };
    });
    await commit(project);
    output += await succeed(project, ["start"], env);
    secrets.push(...(await secretsIn(namespace)));
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("are not in Helm's record of any revision, which everything that `helm get` prints is read from", async () => {
    const records = await releaseRecords(namespace);
    // The rotation upgraded the app and Redis.
    assert.equal(records.length, 5);
    for (const record of records) {
      assert.match(record, /"manifest":/);
      assert.deepEqual(shownIn(record, secrets), []);
    }
  });

  it("are not in any object of the cluster except the Secrets, nor in an event", async () => {
    const objects = await otherObjects(namespace);
    const kinds = new Set(objects.map(({ kind }) => kind));
    assert.ok(["Pod", "StatefulSet", "Deployment", "ConfigMap", "Job", "Event"].every((kind) => kinds.has(kind)));
    assert.deepEqual(
      objects.flatMap(({ kind, text }) => shownIn(text, secrets).map((name) => `${kind}: ${name}`)),
      [],
    );
  });

  it("are not in the output of a deployment", () => {
    assert.match(output, /dev is deployed/);
    assert.deepEqual(shownIn(output, secrets), []);
  });

  for (const command of ["render dev", "render dev --values", "diff dev HEAD~1", "drift dev --sandbox"]) {
    it(`are not in the output of npm run ${command}`, async () => {
      const { exitCode, stdout, stderr } = await manifestsCommand(project, command.split(" "));
      assert.ok(exitCode < 2, stderr);
      assert.ok(stdout.length > 0);
      assert.deepEqual(shownIn(stdout + stderr, secrets), []);
    });
  }

  it("are not in any file of the sandbox, except in etcd's data, which only its owner can read", () => {
    const etcd = path.join(project.sandbox, "etcd");
    const { found, files } = searchFiles(project.sandbox, secrets, (file) => file === etcd);
    assert.ok(files >= 10, `${files} files`);
    assert.deepEqual(found, []);
    // The search works: etcd stores Secrets unencrypted.
    assert.notDeepEqual(searchFiles(etcd, secrets).found, []);
    for (const closed of [project.sandbox, etcd]) {
      assert.equal(fs.statSync(closed).mode & 0o777, 0o700, closed);
    }
  });

  it("are not in any other file that the commands left: in the project, in the temporary folder, in Helm's home", () => {
    const linked = ["node_modules", ".tools"].map((name) => path.join(project.folder, name));
    const inProject = searchFiles(project.folder, secrets, (file) => linked.includes(file));
    assert.ok(inProject.files > 50, `${inProject.files} files`);
    assert.deepEqual(inProject.found, []);
    assert.deepEqual(searchFiles(folder, secrets).found, []);
  });
});
