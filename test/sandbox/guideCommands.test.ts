import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile, projectFolder } from "../../tools/lib/paths";
import { setUpSandbox } from "../../sandbox/setUp";
import { findTool } from "../../tools/lib/binaries";
import { appChart } from "../helpers/helm";
import { helm, until } from "../helpers/cluster";
import { has, itWith } from "../helpers/describeWith";
import { helmHome, makeKey, TestKey } from "../helpers/helmHome";
import { LocalServer, serveFolder, serveRegistry } from "../helpers/servers";
import { api, readSecret } from "../helpers/project";

/** The section of the chart's README that lists commands. */
const heading = "## Commands\n";

describe("the commands in the chart's README", function () {
  this.timeout(600_000);
  let folder: string;
  let servers: { repository: LocalServer; registry: LocalServer };
  let key: TestKey | undefined;
  let env: Record<string, string>;
  let failed: string | undefined;
  let namespaces: string[];

  before("prepare a folder, a cluster, a chart repository, a registry and a key", async () => {
    await setUpSandbox(new AbortController().signal);
    namespaces = await namespaceNames();
    // The path must be short: the socket of gpg's agent is in it.
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "fac-"));
    for (const [from, to] of [
      [appChart, "flask-app"],
      [path.join(projectFolder, "test", "chart", "guide"), "."],
    ]) {
      fs.cpSync(from, path.join(folder, to), { recursive: true });
    }
    for (const name of ["bin", "charts"]) {
      fs.mkdirSync(path.join(folder, name));
    }
    fs.symlinkSync((await findTool("helm"))!, path.join(folder, "bin", "helm"));
    servers = { repository: await serveFolder(path.join(folder, "charts")), registry: await serveRegistry() };
    env = {
      ...helmHome(folder),
      KUBECONFIG: kubeconfigFile,
      PATH: `${path.join(folder, "bin")}${path.delimiter}${process.env.PATH}`,
    };
    if (has("gpg")) {
      key = await makeKey(folder);
      env.GNUPGHOME = key.gnupgHome;
      // The commands write these.
      fs.rmSync(key.secretKeyring);
      fs.rmSync(key.publicKeyring);
    }
  });

  after("remove everything", async () => {
    if (!env) {
      return;
    }
    // Releases in other namespaces go with these.
    await helm("uninstall", ...(await helm("list", "--all", "--short")).output.split("\n"));
    for (const name of (await namespaceNames()).filter((found) => !namespaces.includes(found))) {
      await api(k8s.CoreV1Api).deleteNamespace({ name });
    }
    await until("the namespaces are gone", async () => (await namespaceNames()).length === namespaces.length);
    servers.repository.close();
    servers.registry.close();
    await key?.forget();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Replaces the README's example servers by those of this test. */
  function withServers(command: string): string {
    return command
      .replace("https://charts.example.com", `http://${servers.repository.host}`)
      .replace("oci://registry.example.com", `--plain-http oci://${servers.registry.host}`);
  }

  for (const command of commands()) {
    const needsKey = /^gpg |--sign |--keyring /.test(command);
    itWith(needsKey ? "gpg" : [], command, async () => {
      assert.equal(failed, undefined, `an earlier command failed: ${failed}`);
      const { exitCode, all } = await execa("sh", ["-c", withServers(command)], {
        cwd: folder,
        env,
        stdin: "ignore",
        all: true,
        reject: false,
        timeout: 60_000,
      });
      if (exitCode !== 0) {
        failed = command;
      }
      assert.equal(exitCode, 0, all);
    });
  }
});

describe("the chart without a secret key, on a cluster", function () {
  this.timeout(600_000);
  const release = async (command: string, ...args: string[]) => {
    const { failed, output } = await helm(command, "keyed", appChart, "--namespace", "default", ...args);
    assert.ok(!failed, output);
    return (await readSecret("default", "keyed-flask-app")).SECRET_KEY;
  };

  before(() => setUpSandbox(new AbortController().signal));
  after(() => helm("uninstall", "keyed", "--namespace", "default"));

  it("generates a key that upgrades keep, and replaces the public default of older versions", async () => {
    const oldDefault = "change-me-in-production";
    const key = ["flask.env=staging", `flask.secretKey=${oldDefault}`].flatMap((value) => ["--set", value]);
    assert.equal(await release("install", ...key), oldDefault);
    const generated = await release("upgrade", "--reset-values");
    assert.match(generated, /^[A-Za-z0-9]{64}$/);
    assert.equal(await release("upgrade", "--set", "replicaCount=3"), generated);
  });
});

/** The commands in the README's code blocks, each on one line and without comments. */
function commands(): string[] {
  const readme = path.join(appChart, "README.md");
  const section = fs.readFileSync(readme, "utf8").split(heading)[1]?.split(/^## /m)[0] ?? "";
  const blocks = [...section.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block]) => block);
  const lines = blocks.flatMap((block) => block.replace(/\s*\\\n\s*/g, " ").split("\n"));
  const found = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (found.length === 0) {
    throw new Error(`${readme} lists no commands under "${heading.trim()}"`);
  }
  return found;
}

async function namespaceNames(): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespace();
  return items.map(({ metadata }) => metadata?.name ?? "");
}
