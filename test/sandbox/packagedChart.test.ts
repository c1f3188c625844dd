import * as assert from "assert/strict";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { indexPackages, packageChart } from "../../tools/packaging/chartPackage";
import { kubeconfigFile } from "../../tools/lib/paths";
import { setUpSandbox } from "../../sandbox/setUp";
import { chartVersions, inTemporaryFolder } from "../helpers/helm";
import { helmIn } from "../helpers/helmHome";
import { serveFolder } from "../helpers/servers";
import { api } from "../helpers/project";

describe("the packaged chart", function () {
  this.timeout(120_000);

  before("start the sandbox", async () => {
    await setUpSandbox(new AbortController().signal);
  });

  it("installs from a repository that is served over HTTP and becomes ready", () =>
    inTemporaryFolder(async (folder) => {
      const dist = path.join(folder, "dist");
      await packageChart({ destination: dist });
      const server = await serveFolder(dist);
      const cluster = ["--namespace", "packaged-chart", "--kubeconfig", kubeconfigFile];
      try {
        await indexPackages({ folder: dist, url: `http://${server.host}` });
        await helmIn(folder, ["repo", "add", "myrepo", `http://${server.host}`]);
        await helmIn(folder, ["install", "shop", "myrepo/flask-app", "--create-namespace", "--wait", ...cluster]);
        const { stdout } = await helmIn(folder, ["list", "--output", "json", ...cluster]);
        const [release] = JSON.parse(stdout) as { chart: string; status: string }[];
        assert.equal(release.chart, `flask-app-${chartVersions.version}`);
        assert.equal(release.status, "deployed");
        const { items } = await api(k8s.AppsV1Api).listNamespacedDeployment({ namespace: "packaged-chart" });
        assert.deepEqual(
          items.map(({ metadata, status }) => [metadata?.name, status?.readyReplicas]),
          [["shop-flask-app", 2]],
        );
      } finally {
        server.close();
        await helmIn(folder, ["uninstall", "shop", "--ignore-not-found", "--wait", ...cluster]);
        await api(k8s.CoreV1Api).deleteNamespace({ name: "packaged-chart" });
      }
    }));
});
