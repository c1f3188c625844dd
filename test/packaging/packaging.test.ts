import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { indexPackages, packageChart, pushPackage } from "../../tools/packaging/chartPackage";
import { projectFolder } from "../../tools/lib/paths";
import { appChart, chartVersions } from "../helpers/helm";
import { hasGpg, helmIn, makeKey, TestKey } from "../helpers/helmHome";
import { LocalServer, serveFolder, serveRegistry } from "../helpers/servers";

const appPackage = `flask-app-${chartVersions.version}.tgz`;

describe("packaging", function () {
  this.timeout(60_000);
  let folder: string;
  let dist: string;

  // A short path: gpg's agent listens on a socket in it.
  beforeEach("make a folder", () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "fap-"));
    dist = path.join(folder, "dist");
  });

  afterEach("remove the folder", () => fs.rmSync(folder, { recursive: true, force: true }));

  /** A copy of the app's chart whose files have another age and mode. */
  function copyOfChart(name: string, time: Date): string {
    const copy = path.join(folder, name);
    fs.cpSync(appChart, copy, { recursive: true });
    for (const file of fs.readdirSync(copy, { recursive: true, encoding: "utf8" })) {
      fs.chmodSync(path.join(copy, file), 0o700);
      fs.utimesSync(path.join(copy, file), time, time);
    }
    return copy;
  }

  /** Packages a chart into a folder of its own, and reads the package. */
  async function packed(chart: string): Promise<Buffer> {
    return fs.readFileSync(await packageChart({ chart, destination: fs.mkdtempSync(path.join(folder, "packed-")) }));
  }

  /** Runs a command of the CLI, as the npm scripts do. */
  async function cli(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ exitCode?: number; all: string }> {
    const command = ["tools/run.cjs", ...args];
    return execa("node", command, { cwd: projectFolder, env, all: true, reject: false });
  }

  describe("a package", () => {
    it("has the same bytes whenever it is made", async () => {
      const chart = copyOfChart("chart", new Date());
      const first = await packed(chart);
      // Files in a package have a time in whole seconds.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assert.ok(first.equals(await packed(chart)));
    });

    it("has the same bytes from another folder whose files have other times and modes", async () => {
      const [old, young] = [copyOfChart("one", new Date(0)), copyOfChart("another/folder", new Date())];
      assert.ok((await packed(old)).equals(await packed(young)));
    });

    it("has other bytes if the chart differs", async () => {
      const chart = copyOfChart("chart", new Date());
      const before = await packed(chart);
      fs.appendFileSync(path.join(chart, "values.yaml"), "# changed\n");
      assert.ok(!before.equals(await packed(chart)));
    });

    it("holds files of 1980, or of SOURCE_DATE_EPOCH", async () => {
      const list = async () =>
        (await execa("tar", ["-tvzf", path.join(dist, appPackage)], { env: { TZ: "UTC" } })).stdout;
      const { exitCode, all } = await cli(["package", "--destination", dist]);
      assert.equal(exitCode, 0, all);
      assert.match(await list(), /^-rw-r--r-- 0\/0 +\d+ 1980-01-01 00:00 flask-app\/Chart\.yaml$/m);
      await cli(["package", "--destination", dist], { SOURCE_DATE_EPOCH: "1700000000" });
      assert.match(await list(), / 2023-11-14 22:13 flask-app\/Chart\.yaml$/m);
    });

    it("renders what the chart's folder renders", async () => {
      const chart = copyOfChart("flask-app", new Date());
      const [unpackaged, packaged] = await Promise.all(
        [chart, await packageChart({ chart, destination: dist })].map((from) =>
          helmIn(folder, ["template", "shop", from]),
        ),
      );
      assert.equal(packaged.stdout, unpackaged.stdout);
    });
  });

  describe("a signed package", () => {
    if (!hasGpg()) {
      it(
        "verifies, has the bytes of an unsigned one, and a wrong passphrase signs nothing (skipped: gpg is not on PATH)",
      );
      return;
    }
    let key: TestKey;

    beforeEach("make a key", async () => {
      key = await makeKey(folder, "correct horse battery staple");
    });

    afterEach("forget the key", () => key.forget());

    const sign = () => [
      ...["package", "--destination", dist, "--sign", "--key", key.name, "--keyring", key.secretKeyring],
      ...["--passphrase-file", key.passphraseFile],
    ];
    const verify = () => helmIn(folder, ["verify", path.join(dist, appPackage), "--keyring", key.publicKeyring]);

    it("verifies with the public key, and not once it is tampered with", async () => {
      const { exitCode, all } = await cli(sign());
      assert.equal(exitCode, 0, all);
      assert.ok(!all.includes(key.passphrase));
      assert.match((await verify()).all, /Signed by: Chart Test <chart@example\.com>/);
      fs.appendFileSync(path.join(dist, appPackage), "\0");
      await assert.rejects(verify(), /sha256 sum does not match/);
    });

    it("comes from a repository with --verify", async () => {
      const { name, secretKeyring: keyring, passphraseFile } = key;
      await packageChart({ destination: dist, key: { name, keyring, passphraseFile } });
      await indexPackages({ folder: dist });
      const server = await serveFolder(dist);
      try {
        await helmIn(folder, ["repo", "add", "myrepo", `http://${server.host}`]);
        const verified = ["template", "shop", "myrepo/flask-app", "--verify", "--keyring", key.publicKeyring];
        await helmIn(folder, verified);
        fs.appendFileSync(path.join(dist, appPackage), "\0");
        await assert.rejects(helmIn(folder, verified), /sha256 sum does not match/);
      } finally {
        server.close();
      }
    });

    it("has the bytes of an unsigned one, which takes the place of both files", async () => {
      const chart = copyOfChart("chart", new Date());
      const { name, secretKeyring: keyring, passphraseFile } = key;
      const file = await packageChart({ chart, destination: dist, key: { name, keyring, passphraseFile } });
      assert.deepEqual(fs.readdirSync(dist), [appPackage, `${appPackage}.prov`]);
      const signed = fs.readFileSync(file);
      await packageChart({ chart, destination: dist });
      assert.deepEqual(fs.readdirSync(dist), [appPackage]);
      assert.ok(signed.equals(fs.readFileSync(file)));
    });

    it("is not made with a wrong passphrase, key or keyring, or a passphrase that others may read", async () => {
      const refused = async (args: string[], message: RegExp) => {
        const { exitCode, all } = await cli(args);
        assert.equal(exitCode, 1);
        assert.match(all, message);
        assert.doesNotMatch(all, /^ +at |horse/m);
        assert.ok(!fs.existsSync(dist));
      };
      await refused([...sign(), "--key", "Nobody"], /has a user id with "Nobody" in it/);
      await refused([...sign(), "--keyring", "/nonexistent"], /keyring \/nonexistent does not exist/);
      await refused([...sign(), "--keyring", path.join(appChart, "values.yaml")], /values\.yaml is not a keyring/);
      fs.chmodSync(key.passphraseFile, 0o644);
      await refused(sign(), /Others may read the passphrase file .*chmod 600/);
      fs.chmodSync(key.passphraseFile, 0o600);
      fs.writeFileSync(key.passphraseFile, "wrong horse\n");
      await refused(sign(), /The key's passphrase is wrong/);
    });
  });

  describe("a repository", () => {
    let server: LocalServer;

    beforeEach("make and serve one", async () => {
      await packageChart({ destination: dist });
      server = await serveFolder(dist);
    });

    afterEach("end the server", () => server.close());

    for (const [title, url] of [
      ["whose index has the server's URL", true],
      ["whose index has no URL", false],
    ] as const) {
      it(`${title} is one that Helm finds, renders and pulls the chart from`, async () => {
        await indexPackages({ folder: dist, url: url ? `http://${server.host}` : undefined });
        await helmIn(folder, ["repo", "add", "myrepo", `http://${server.host}`]);
        await helmIn(folder, ["repo", "update"]);
        const { stdout: found } = await helmIn(folder, ["search", "repo", "flask"]);
        assert.match(found, new RegExp(`^myrepo/flask-app\\s+${chartVersions.version}\\s`, "m"));
        const { stdout } = await helmIn(folder, ["template", "flask-app", "myrepo/flask-app"]);
        assert.match(stdout, /^# Source: flask-app\/templates\/deployment\.yaml$/m);
        await helmIn(folder, ["pull", "myrepo/flask-app"]);
        const [pulled, made] = [folder, dist].map((where) => fs.readFileSync(path.join(where, appPackage)));
        assert.ok(pulled.equals(made));
      });
    }

    it("keeps the entries of an index that is merged", async () => {
      const chart = copyOfChart("next", new Date());
      const chartFile = path.join(chart, "Chart.yaml");
      fs.writeFileSync(chartFile, fs.readFileSync(chartFile, "utf8").replace(/^version: .*$/m, "version: 99.0.0"));
      const merge = await indexPackages({ folder: dist });
      fs.rmSync(path.join(dist, appPackage));
      await packageChart({ chart, destination: dist });
      const index = fs.readFileSync(await indexPackages({ folder: dist, merge }), "utf8");
      assert.match(index, /version: 99\.0\.0\n/);
      assert.match(index, new RegExp(`version: ${chartVersions.version}\\n`));
    });

    it("is not made of a folder without a package", () =>
      assert.rejects(indexPackages({ folder: path.join(folder, "empty") }), /has no package: `npm run package`/));
  });

  describe("an OCI registry", () => {
    let server: LocalServer;
    let userHome: string | undefined;

    beforeEach("make one", async () => {
      server = await serveRegistry();
      // pushPackage looks for a login, as Helm does: the user's is not for a test.
      userHome = process.env.HELM_CONFIG_HOME;
      process.env.HELM_CONFIG_HOME = path.join(folder, "config");
    });

    afterEach("end it", () => {
      server.close();
      if (userHome === undefined) {
        delete process.env.HELM_CONFIG_HOME;
      } else {
        process.env.HELM_CONFIG_HOME = userHome;
      }
    });

    it("gives the bytes back that were pushed to it", async () => {
      const file = await packageChart({ destination: dist });
      const said = await pushPackage(`oci://${server.host}/charts`, { plainHttp: true, folder: dist });
      assert.match(said, /^Pushed: .*\/charts\/flask-app:.*\nDigest: sha256:[0-9a-f]{64}$/m);
      const chart = `oci://${server.host}/charts/flask-app`;
      await helmIn(folder, ["pull", chart, "--version", chartVersions.version, "--plain-http"]);
      assert.ok(fs.readFileSync(path.join(folder, appPackage)).equals(fs.readFileSync(file)));
    });

    it("is told from another address, and takes no package that is not there", async () => {
      const { exitCode, all } = await cli(["push", "https://registry.example.com/charts"]);
      assert.equal(exitCode, 1);
      assert.match(all, /is not an OCI registry: the address must begin with oci:\/\//);
      assert.doesNotMatch(all, /^ +at /m);
      await assert.rejects(
        pushPackage(`oci://${server.host}/charts`, { folder: dist }),
        new RegExp(`${appPackage.replaceAll(".", "\\.")} is missing: run \`npm run package\` first`),
      );
    });
  });
});
