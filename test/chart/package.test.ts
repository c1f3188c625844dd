import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { appChart, chartVersions, helm, inTemporaryFolder, render, withCopyOfChart } from "../helpers/helm";

const packageFile = `flask-app-${chartVersions.version}.tgz`;

describe("the chart's package", function () {
  this.timeout(60_000);

  it("leaves out files of editors and Git", () =>
    withCopyOfChart(async (chart) => {
      const leftOvers = [
        ".DS_Store",
        ".git/config",
        ".gitignore",
        ".vscode/settings.json",
        ".idea/workspace.xml",
        "values.swp",
        "values.bak",
        "values.tmp",
        "values.orig",
        "values.yaml~",
        "flask-app-0.9.0.tgz",
        "flask-app-0.9.0.tgz.prov",
      ];
      for (const left of leftOvers) {
        fs.mkdirSync(path.dirname(path.join(chart, left)), { recursive: true });
        fs.writeFileSync(path.join(chart, left), "");
      }
      await inTemporaryFolder(async (folder) => {
        await helm(["package", chart, "--destination", folder]);
        const { stdout } = await execa("tar", ["-tzf", path.join(folder, packageFile)]);
        const packaged = stdout.split("\n").map((file) => file.replace("flask-app/", ""));
        const files = fs.readdirSync(appChart, { recursive: true, withFileTypes: true });
        const own = files
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(appChart, path.join(entry.parentPath, entry.name)));
        assert.deepEqual(packaged.sort(), own.sort());
      });
    }));

  it("is refused by a cluster too old for its API versions", async () => {
    await render({}, { args: ["--kube-version", "1.25.0"] });
    await assert.rejects(render({}, { args: ["--kube-version", "1.24.17"] }), /requires kubeVersion: >=1\.25\.0-0/);
  });
});
