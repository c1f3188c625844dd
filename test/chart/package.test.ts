import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { appChart, chartVersions, helm, inTemporaryFolder, lint, render, withCopyOfChart } from "../helpers/helm";
import { everySection } from "./sections";

const packageFile = `flask-app-${chartVersions.version}.tgz`;

describe("the chart's package", function () {
  this.timeout(60_000);

  it("is made by helm package, and renders what the folder renders", () =>
    inTemporaryFolder(async (folder) => {
      await helm(["package", appChart, "--destination", folder]);
      const chart = path.join(folder, packageFile);
      assert.deepEqual(fs.readdirSync(folder), [packageFile]);
      const [packaged, unpackaged] = await Promise.all([render(everySection, { chart }), render(everySection)]);
      assert.deepEqual(packaged.all, unpackaged.all);
      assert.match(await lint({}, { chart }), /0 chart\(s\) failed/);
    }));

  it("takes another version, as in the guide, and goes into a repository's index", () =>
    inTemporaryFolder(async (folder) => {
      await helm(["package", appChart, "--version", "1.2.0", "--destination", folder]);
      await helm(["repo", "index", folder]);
      const index = fs.readFileSync(path.join(folder, "index.yaml"), "utf8");
      assert.match(index, /name: flask-app\n/);
      assert.match(index, /- flask-app-1\.2\.0\.tgz\n/);
    }));

  it("holds the chart's files, and none that an editor or Git leaves there", () =>
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

  it("is refused by a cluster that is older than the API versions in it", async () => {
    await render({}, { args: ["--kube-version", "1.25.0"] });
    await assert.rejects(render({}, { args: ["--kube-version", "1.24.17"] }), /requires kubeVersion: >=1\.25\.0-0/);
  });
});
