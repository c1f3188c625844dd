import * as assert from "assert/strict";
import { setUpSandbox } from "../../sandbox/setUp";
import { mistakes } from "../helpers/mistakes";
import { describeWith } from "../helpers/describeWith";
import { previewWithCli } from "../helpers/engine";
import { mistakenConfig, withMistakenChart } from "../helpers/mistakePreview";
import { Project } from "../helpers/project";

describeWith("pulumi", "pulumi preview of a common mistake", function () {
  this.timeout(600_000);
  const project = Project.copy();

  before("start the sandbox", () => setUpSandbox(new AbortController().signal));
  after(() => project.remove());

  for (const mistake of mistakes) {
    it(`reports ${mistake.title}`, async () => {
      const { exitCode, output } = await withMistakenChart(project, mistake, () =>
        previewWithCli(project, mistake.stack ?? "dev", mistakenConfig(mistake)),
      );
      assert.notEqual(exitCode, 0, output);
      assert.ok(output.includes(mistake.now), output);
      assert.doesNotMatch(output, /\n +at /, "shows a stack trace");
    });
  }
});
