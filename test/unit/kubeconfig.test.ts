import assert from "node:assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { clusterOf } from "../../components/cluster/kubeconfig";

describe("The cluster of a stack", () => {
  const variables = { KUBECONFIG: process.env.KUBECONFIG, HOME: process.env.HOME };
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-kubeconfig-"));
    process.env.HOME = folder;
    delete process.env.KUBECONFIG;
  });

  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  });

  /** Writes a kubeconfig with one cluster, user and context of the same name. */
  function write(file: string, name: string, server: string, currentContext?: string): string {
    const config = new k8s.KubeConfig();
    const contexts = [{ name, cluster: name, user: name }];
    config.loadFromOptions({ clusters: [{ name, server }], users: [{ name }], contexts, currentContext });
    fs.writeFileSync(path.join(folder, file), config.exportConfig());
    return path.join(folder, file);
  }

  it("is the one of the context in the stack's config, else the current one", () => {
    const file = write("one", "test", "https://one", "test");
    const content = fs.readFileSync(file, "utf8");
    for (const kubeconfig of [file, content]) {
      assert.equal(clusterOf({ kubeconfig }).getCurrentCluster()?.server, "https://one");
      assert.equal(clusterOf({ kubeconfig, context: "test" }).getCurrentContext(), "test");
    }
  });

  it("is merged from several files as kubectl does: the first one wins, and missing ones are skipped", () => {
    const one = write("one", "shared", "https://one");
    const two = write("two", "shared", "https://two", "shared");
    const three = write("three", "other", "https://three", "other");
    process.env.KUBECONFIG = [one, path.join(folder, "missing"), two, three].join(path.delimiter);
    assert.equal(clusterOf({}).getCurrentCluster()?.server, "https://one");
    assert.equal(clusterOf({ context: "other" }).getCurrentCluster()?.server, "https://three");
  });

  it("is the one in kubernetes:cluster, with the context's user", () => {
    process.env.KUBECONFIG = [write("one", "one", "https://one", "one"), write("two", "two", "https://two")].join(
      path.delimiter,
    );
    const cluster = clusterOf({ cluster: "two" });
    assert.equal(cluster.getCurrentCluster()?.server, "https://two");
    assert.equal(cluster.getCurrentUser()?.name, "one");
  });

  const refused: [title: string, settings: () => Parameters<typeof clusterOf>[0], message: string | RegExp][] = [
    [
      "no kubeconfig at all",
      () => ({}),
      "There is no kubeconfig: log in to a cluster, or name a file in KUBECONFIG or in kubernetes:kubeconfig.",
    ],
    ["a missing file", () => ({ kubeconfig: "/nonexistent" }), /^The kubeconfig \/nonexistent cannot be read: ENOENT/],
    [
      "an empty file",
      () => {
        fs.writeFileSync(path.join(folder, "empty"), "\n");
        return { kubeconfig: path.join(folder, "empty") };
      },
      /^The kubeconfig \S+empty is empty\.$/,
    ],
    ["invalid YAML", () => ({ kubeconfig: "a: [\n" }), /^The kubeconfig cannot be read: unexpected end of the stream/],
    [
      "only missing files",
      () => {
        process.env.KUBECONFIG = ["/nonexistent", "/neither"].join(path.delimiter);
        return {};
      },
      "None of the files in KUBECONFIG exists: /nonexistent, /neither.",
    ],
    [
      "no current context",
      () => ({ kubeconfig: write("one", "test", "https://one") }),
      "The kubeconfig has no current context: run `kubectl config use-context`, or set kubernetes:context.",
    ],
    [
      "an unknown context",
      () => ({ kubeconfig: write("one", "test", "https://one"), context: "prod" }),
      'The kubeconfig has no context "prod"; it has test.',
    ],
  ];
  for (const [title, settings, message] of refused) {
    it(`is refused in one sentence with ${title}`, () => {
      assert.throws(() => clusterOf(settings()), { message });
    });
  }
});
