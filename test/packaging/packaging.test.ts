import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { indexPackages, packageChart, pushPackage } from "../../tools/packaging/chartPackage";
import { projectFolder } from "../../tools/lib/paths";
import { describeWith } from "../helpers/describeWith";
import { appChart, chartVersions } from "../helpers/helm";
import { helmIn, makeKey, TestKey } from "../helpers/helmHome";
import { LocalServer, serveFolder, serveRegistry } from "../helpers/servers";

const appPackage = `flask-app-${chartVersions.version}.tgz`;

describe("packaging", function () {
  this.timeout(60_000);
  let folder: string;
  let dist: string;

  // A short path, because gpg's agent listens on a socket in it.
  beforeEach("create a folder", () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "fap-"));
    dist = path.join(folder, "dist");
  });

  afterEach("remove the folder", () => fs.rmSync(folder, { recursive: true, force: true }));

  /** Copies the app's chart. The copied files have another time and mode. */
  function copyOfChart(name: string, time: Date): string {
    const copy = path.join(folder, name);
    fs.cpSync(appChart, copy, { recursive: true });
    for (const file of fs.readdirSync(copy, { recursive: true, encoding: "utf8" })) {
      fs.chmodSync(path.join(copy, file), 0o700);
      fs.utimesSync(path.join(copy, file), time, time);
    }
    return copy;
  }

  /** Packages a chart and reads the package. */
  async function packed(chart: string): Promise<Buffer> {
    return fs.readFileSync(await packageChart({ chart, destination: fs.mkdtempSync(path.join(folder, "packed-")) }));
  }

  /** Runs a command as the npm scripts do. */
  async function npmRun(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ exitCode?: number; all: string }> {
    return execa("node", ["tools/run.cjs", ...args], { cwd: projectFolder, env, all: true, reject: false });
  }

  /** Checks that a command fails with one message, without a stack trace. */
  async function assertRefused(args: string[], message: RegExp): Promise<void> {
    const { exitCode, all } = await npmRun(args);
    assert.equal(exitCode, 1);
    assert.match(all, message);
    assert.doesNotMatch(all, /^ +at |horse/m);
  }

  describe("a package", () => {
    it("depends only on what the chart's files contain", async () => {
      const [old, young] = [copyOfChart("one", new Date(0)), copyOfChart("another/folder", new Date())];
      const first = await packed(old);
      // Times in a package are whole seconds.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assert.ok(first.equals(await packed(young)));
      fs.appendFileSync(path.join(young, "values.yaml"), "# changed\n");
      assert.ok(!first.equals(await packed(young)));
    });

    it("has files of 1980, or of SOURCE_DATE_EPOCH", async () => {
      const list = async () =>
        (await execa("tar", ["-tvzf", path.join(dist, appPackage)], { env: { TZ: "UTC" } })).stdout;
      const { exitCode, all } = await npmRun(["package", "--destination", dist]);
      assert.equal(exitCode, 0, all);
      assert.match(await list(), /^-rw-r--r-- 0\/0 +\d+ 1980-01-01 00:00 flask-app\/Chart\.yaml$/m);
      await npmRun(["package", "--destination", dist], { SOURCE_DATE_EPOCH: "1700000000" });
      assert.match(await list(), / 2023-11-14 22:13 flask-app\/Chart\.yaml$/m);
    });

    it("renders what the chart's folder renders", async () => {
      const charts = [copyOfChart("flask-app", new Date()), await packageChart({ destination: dist })];
      const [unpackaged, packaged] = await Promise.all(
        // Without a key, each rendering generates its own.
        charts.map((from) => helmIn(folder, ["template", "shop", from, "--set", "flask.secretKey=test"])),
      );
      assert.equal(packaged.stdout, unpackaged.stdout);
    });
  });

  describeWith("gpg", "a signed package", () => {
    let key: TestKey;

    beforeEach("create a key", async () => {
      key = await makeKey(folder, "correct horse battery staple");
    });

    afterEach("forget the key", () => key.forget());

    const sign = () => [
      ...["package", "--destination", dist, "--sign", "--key", key.name, "--keyring", key.secretKeyring],
      ...["--passphrase-file", key.passphraseFile],
    ];

    it("verifies with the public key, and has the bytes of an unsigned one, which replaces both files", async () => {
      const { exitCode, all } = await npmRun(sign());
      assert.equal(exitCode, 0, all);
      assert.ok(!all.includes(key.passphrase));
      assert.deepEqual(fs.readdirSync(dist), [appPackage, `${appPackage}.prov`]);
      const file = path.join(dist, appPackage);
      const verified = await helmIn(folder, ["verify", file, "--keyring", key.publicKeyring]);
      assert.match(verified.all, /Signed by: Chart Test <chart@example\.com>/);
      const signed = fs.readFileSync(file);
      await packageChart({ destination: dist });
      assert.deepEqual(fs.readdirSync(dist), [appPackage]);
      assert.ok(signed.equals(fs.readFileSync(file)));
    });

    it("is not written with a wrong passphrase, key or keyring, or a passphrase that others may read", async () => {
      await assertRefused([...sign(), "--key", "Somebody"], /has a user id with "Somebody" in it/);
      await assertRefused([...sign(), "--keyring", "/nonexistent"], /keyring \/nonexistent does not exist/);
      const values = path.join(appChart, "values.yaml");
      await assertRefused([...sign(), "--keyring", values], /values\.yaml is not a keyring/);
      fs.chmodSync(key.passphraseFile, 0o644);
      await assertRefused(sign(), /Others may read the passphrase file .*chmod 600/);
      fs.chmodSync(key.passphraseFile, 0o600);
      fs.writeFileSync(key.passphraseFile, "wrong horse\n");
      await assertRefused(sign(), /The key's passphrase is wrong/);
      assert.ok(!fs.existsSync(dist));
    });
  });

  describe("a repository", () => {
    for (const hasUrl of [true, false]) {
      it(`with ${hasUrl ? "the server's" : "no"} URL in its index serves the package to Helm`, async () => {
        await packageChart({ destination: dist });
        const server = await serveFolder(dist);
        try {
          await indexPackages({ folder: dist, url: hasUrl ? `http://${server.host}` : undefined });
          await helmIn(folder, ["repo", "add", "myrepo", `http://${server.host}`]);
          await helmIn(folder, ["pull", "myrepo/flask-app"]);
        } finally {
          server.close();
        }
        const [pulled, packaged] = [folder, dist].map((where) => fs.readFileSync(path.join(where, appPackage)));
        assert.ok(pulled.equals(packaged));
      });
    }

    it("keeps the entries of a merged index", async () => {
      await packageChart({ destination: dist });
      const merge = path.join(folder, "older.yaml");
      fs.writeFileSync(merge, "apiVersion: v1\nentries: { older: [{ name: older, version: 0.9.0 }] }\n");
      const index = fs.readFileSync(await indexPackages({ folder: dist, merge }), "utf8");
      assert.match(index, /^ +name: older$/m);
      assert.match(index, /^ +name: flask-app$/m);
    });

    it("needs a package", () =>
      assert.rejects(indexPackages({ folder: path.join(folder, "empty") }), /has no package: `npm run package`/));
  });

  describe("an OCI registry", () => {
    let server: LocalServer;
    let userHome: string | undefined;

    beforeEach("start one", async () => {
      server = await serveRegistry();
      // Helm looks for a login. A test must not use the user's.
      userHome = process.env.HELM_CONFIG_HOME;
      process.env.HELM_CONFIG_HOME = path.join(folder, "config");
    });

    afterEach("stop it", () => {
      server.close();
      if (userHome === undefined) {
        delete process.env.HELM_CONFIG_HOME;
      } else {
        process.env.HELM_CONFIG_HOME = userHome;
      }
    });

    it("returns the bytes that were pushed", async () => {
      const file = await packageChart({ destination: dist });
      const output = await pushPackage(`oci://${server.host}/charts`, { plainHttp: true, folder: dist });
      assert.match(output, /^Pushed: .*\/charts\/flask-app:.*\nDigest: sha256:[0-9a-f]{64}$/m);
      const chart = `oci://${server.host}/charts/flask-app`;
      await helmIn(folder, ["pull", chart, "--version", chartVersions.version, "--plain-http"]);
      assert.ok(fs.readFileSync(path.join(folder, appPackage)).equals(fs.readFileSync(file)));
    });

    it("needs an address with oci:// and a package", async () => {
      await assertRefused(["push", "https://registry.example.com/charts"], /the address must begin with oci:\/\//);
      const registry = `oci://${server.host}/charts`;
      await assert.rejects(pushPackage(registry, { folder: dist }), /tgz is missing: run `npm run package` first/);
    });
  });
});
