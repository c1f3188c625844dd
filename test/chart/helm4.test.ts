import * as assert from "assert/strict";
import { execa } from "execa";
import { projectFolder } from "../../tools/lib/paths";
import { parseManifests } from "../../tools/lib/manifests";
import { stackNames } from "../../tools/lib/stackFiles";
import { itWith } from "../helpers/describeWith";
import { helm } from "../helpers/helm";
import { pinnedKubernetes } from "../helpers/kubernetesDefinitions";
import { deployedStacks } from "../helpers/stackValues";

const helm4 = "helm.sh/helm/v4/cmd/helm@v4.3.1";

describe("Helm 4 with the values of", function () {
  this.timeout(600_000);

  for (const name of stackNames()) {
    itWith("go", `the ${name} stack lints the chart without a warning, and renders what Helm 3 renders`, async () => {
      const { app, namespace } = (await deployedStacks()).find((stack) => stack.name === name)!;
      const run = (args: string[]) =>
        execa("go", ["run", helm4, ...args], { cwd: projectFolder, input: JSON.stringify(app.values), all: true });
      const given = ["--kube-version", pinnedKubernetes, "--values", "-"];

      const lint = await run(["lint", app.chart, "--strict", ...given]);
      assert.match(lint.all, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      assert.doesNotMatch(lint.all, /\[(INFO|WARNING|ERROR)\]/);

      const template = ["template", app.name, app.chart, "--namespace", namespace, ...given];
      const [{ stdout: newer }, { stdout: older }] = await Promise.all([run(template), helm(template, app.values)]);
      assert.deepEqual(parseManifests(newer), parseManifests(older));
    });
  }
});
