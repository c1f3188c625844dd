import * as assert from "assert/strict";
import * as fs from "fs";
import * as https from "https";
import * as os from "os";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { toolsFolder } from "../../tools/lib/paths";
import { commandLine, listeningAddresses, processIds } from "../helpers/listeners";
import { succeed, until } from "../helpers/cluster";
import { Project } from "../helpers/project";

describe("the sandbox itself", function () {
  this.timeout(600_000);
  let folder: string;
  let project: Project;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-lifecycle-"));
    project = new Project(undefined, path.join(folder, "sandbox"));
  });

  afterEach(async () => {
    await project.run(["stop"]);
    fs.rmSync(folder, { recursive: true });
  });

  it("lets only its owner read its files, and listens only on loopback", async () => {
    await start(project);
    const files = fs
      .readdirSync(project.sandbox, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(pem|csv|key)$|^kubeconfig$/.test(entry.name))
      .map((entry) => ({ name: entry.name, mode: fs.statSync(path.join(entry.parentPath, entry.name)).mode & 0o777 }));
    assert.ok(files.length >= 4);
    assert.deepEqual(
      files.filter(({ mode }) => mode !== 0o600),
      [],
    );
    assert.equal(fs.statSync(project.sandbox).mode & 0o777, 0o700);

    const addresses = listeningAddresses(processIds(project.sandbox));
    assert.deepEqual(addresses, ["127.0.0.1"], "the API server's port is not the only one");
  });

  it("accepts only its own token, and creates a new one each time it starts", async () => {
    await start(project);
    const before = clusterOf(project);
    const authority = caOf(before);
    await project.run(["stop"]);
    await start(project);
    const now = clusterOf(project);
    const token = now.users[0].token!;
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.notEqual(token, before.users[0].token);
    assert.notDeepEqual(caOf(now), authority);

    assert.equal(await answer(now, token), 200);
    for (const wrong of [undefined, before.users[0].token, token.slice(1), `${token}0`, "sandbox"]) {
      assert.equal(await answer(now, wrong), 401, "another token is accepted");
    }
  });

  it("leaves no process and no file when it stops", async () => {
    await start(project);
    const pids = processIds(project.sandbox);
    assert.equal(pids.length, 5);
    const { exitCode, output } = await project.run(["stop"]);
    assert.equal(exitCode, 0, output);
    assert.deepEqual(
      pids.filter((pid) => commandLine(pid) !== ""),
      [],
    );
    assert.deepEqual(fs.readdirSync(folder), []);
    assert.match((await project.run(["stop"])).output, /No sandbox is running/);
  });

  it("never writes to, ends or deletes what is in a folder that is not its own", async () => {
    fs.mkdirSync(project.sandbox);
    // A program that names a file of the folder, as the sandbox's own programs do. It ends if the file does not exist yet.
    fs.writeFileSync(path.join(project.sandbox, "notes"), "mine");
    const other = execa("tail", ["-f", path.join(project.sandbox, "notes")], { reject: false });
    const files = { notes: "mine", "tail.pid": String(other.pid), kubeconfig: "mine" };
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(project.sandbox, name), text);
    }
    try {
      for (const command of [["stop"], ["stop", "--tools"], ["start"], ["destroy"]]) {
        const { exitCode, output } = await project.run(command);
        assert.equal(exitCode, 1, output);
        assert.match(
          output,
          /sandbox is not a folder of the sandbox: .* Set FLASK_APP_SANDBOX to a new or empty folder/,
        );
        assert.doesNotMatch(output, /\n\s+at /, "shows a stack trace");
      }
      const found = fs
        .readdirSync(project.sandbox)
        .map((name) => [name, fs.readFileSync(path.join(project.sandbox, name), "utf8")]);
      assert.deepEqual(Object.fromEntries(found), files);
      assert.deepEqual(fs.readdirSync(folder), ["sandbox"]);
      assert.equal(other.exitCode, null);
      assert.ok(fs.existsSync(toolsFolder));
    } finally {
      other.kill();
      fs.rmSync(project.sandbox, { recursive: true });
    }
  });

  it("leaves an empty folder as it is when it stops, and lets only its owner enter one in which it starts", async () => {
    fs.mkdirSync(project.sandbox, { mode: 0o755 });
    assert.match((await project.run(["stop"])).output, /No sandbox is running/);
    assert.ok(fs.existsSync(project.sandbox));
    await start(project);
    assert.equal(fs.statSync(project.sandbox).mode & 0o777, 0o700);
    await project.run(["stop"]);
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("is replaced when one of its processes was killed", async () => {
    await start(project);
    const apiServer = processIds(project.sandbox).find((pid) => commandLine(pid).includes("kube-apiserver"));
    process.kill(apiServer!, "SIGKILL");
    const output = await start(project);
    assert.match(output, /Starting etcd/);
    assert.match(output, /dev is deployed/);
    assert.equal(processIds(project.sandbox).length, 5);
  });

  it("is replaced when its start was interrupted", async () => {
    const first = project.spawn(["start"]);
    await until("two processes run", () => processIds(project.sandbox).length >= 2);
    first.kill("SIGKILL");
    await first;
    await lockExpiry();
    await start(project);
    assert.equal(processIds(project.sandbox).length, 5);
  });

  it("allows only one command at a time, and tells the second one to wait", async () => {
    const first = project.spawn(["start"]);
    await sleep(1500);
    const second = await project.run(["start"]);
    assert.equal(second.exitCode, 1);
    assert.match(second.output, /Another command is working on this sandbox/);
    assert.equal((await first).exitCode, 0);
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`finishes with the next start what ${signal} interrupted in the middle of a release`, async () => {
      const first = project.spawn(["start"]);
      first.all.on(
        "data",
        (text: Buffer) => text.includes("…         Release flask-dev-postgresql") && first.kill(signal),
      );
      const { exitCode, all } = await first;
      assert.notEqual(exitCode, 0, all);
      if (signal === "SIGINT") {
        assert.equal(exitCode, 130, all);
        assert.match(all, /Interrupted/);
        assert.doesNotMatch(all, /\n\s+at /, "shows a stack trace");
      } else {
        await lockExpiry();
      }
      assert.match(await start(project), /dev is deployed/);
      assert.match(await start(project), /nothing changed/);
    });
  }
});

/** The lock of a process that was killed expires after 10 seconds. */
const lockExpiry = () => sleep(11_000);

const start = (project: Project) => succeed(project, ["start"]);

function clusterOf(project: Project): k8s.KubeConfig {
  const cluster = new k8s.KubeConfig();
  cluster.loadFromFile(path.join(project.sandbox, "kubeconfig"));
  return cluster;
}

function caOf(cluster: k8s.KubeConfig): Buffer {
  return fs.readFileSync(cluster.clusters[0].caFile!);
}

/** HTTP status of a request to the API server with a token, or without one. */
function answer(cluster: k8s.KubeConfig, token?: string): Promise<number> {
  const url = `${cluster.clusters[0].server}/api/v1/namespaces`;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ca: caOf(cluster), headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    request.on("error", reject);
  });
}
