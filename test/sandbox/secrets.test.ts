import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { kubeconfigFile } from "../../tools/lib/paths";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { helmHome, helmIn } from "../helpers/helmHome";
import { Project, withoutPulumi } from "../helpers/project";
import { otherObjects, releaseRecords, searchFiles, Secret, secretsIn, shownIn } from "../helpers/secretSearch";

const namespace = "development";

describe("the secrets of a stack in the sandbox", function () {
  this.timeout(180_000);
  let project: Project;
  let folder: string;
  let secrets: Secret[];
  let output = "";

  before("deploy dev, rotate all of it, and deploy it again", async () => {
    project = Project.copy();
    await commit(project);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-secrets-"));
    await start();
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
    await start();
    // Those from before, too, may be nowhere else.
    secrets.push(...(await secretsIn(namespace)));
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const result = await project.run(["start"], { ...withoutPulumi(), TMPDIR: folder, ...helmHome(folder) });
    assert.equal(result.exitCode, 0, result.output);
    output += result.output;
  }

  it("are in no Helm release record, of none of the revisions", async () => {
    const records = await releaseRecords(namespace);
    // The app and Redis were upgraded for the rotation.
    assert.equal(records.length, 5);
    for (const record of records) {
      assert.match(record, /"manifest":/);
      assert.deepEqual(shownIn(record, secrets), []);
    }
  });

  it("are in nothing that Helm prints of a release", async () => {
    for (const command of ["values --all", "manifest", "notes", "hooks", "all"]) {
      for (const release of ["flask-dev", "flask-dev-postgresql", "flask-dev-redis"]) {
        const where = [release, "--namespace", namespace, "--kubeconfig", kubeconfigFile];
        const { all } = await helmIn(folder, ["get", ...command.split(" "), ...where]);
        assert.deepEqual(shownIn(all, secrets), [], `helm get ${command} ${release}`);
      }
    }
  });

  it("are in no object of the cluster but the Secrets, events included", async () => {
    const objects = await otherObjects(namespace);
    const kinds = new Set(objects.map(({ kind }) => kind));
    assert.ok(["Pod", "StatefulSet", "Deployment", "ConfigMap", "Job", "Event"].every((kind) => kinds.has(kind)));
    assert.deepEqual(
      objects.flatMap(({ kind, text }) => shownIn(text, secrets).map((name) => `${kind}: ${name}`)),
      [],
    );
  });

  it("are not in what a deployment prints", () => {
    assert.match(output, /dev is deployed/);
    assert.deepEqual(shownIn(output, secrets), []);
  });

  for (const args of [
    ["render", "dev"],
    ["render", "dev", "--values"],
    ["diff", "dev", "HEAD~1"],
    ["drift", "dev", "--sandbox"],
  ]) {
    it(`are not in what npm run ${args.join(" ")} prints`, async () => {
      const { exitCode, stdout, stderr } = await manifestsCommand(project, args);
      assert.ok(exitCode < 2, stderr);
      assert.ok(stdout.length > 0);
      assert.deepEqual(shownIn(stdout + stderr, secrets), []);
    });
  }

  it("are in no file of the sandbox, logs included, but in etcd's data, which nobody else may read", () => {
    const etcd = path.join(project.sandbox, "etcd");
    const { found, files } = searchFiles(project.sandbox, secrets, (file) => file === etcd);
    assert.ok(files >= 10, `${files} files`);
    assert.deepEqual(found, []);
    // The search would find them: Secrets are kept as they are.
    assert.notDeepEqual(searchFiles(etcd, secrets).found, []);
    for (const closed of [project.sandbox, etcd]) {
      assert.equal(fs.statSync(closed).mode & 0o777, 0o700, closed);
    }
  });

  it("are in no file that the commands have left elsewhere: the project, temporary files, Helm's own", () => {
    const linked = ["node_modules", ".tools"].map((name) => path.join(project.folder, name));
    const inProject = searchFiles(project.folder, secrets, (file) => linked.includes(file));
    assert.ok(inProject.files > 50, `${inProject.files} files`);
    assert.deepEqual(inProject.found, []);
    assert.deepEqual(searchFiles(folder, secrets).found, []);
  });
});
