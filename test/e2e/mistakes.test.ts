import * as assert from "assert/strict";
import { setUpSandbox } from "../../sandbox/setUp";
import { mistakes } from "../mistakes/mistakes";
import { mistakenConfig, withMistakenChart } from "../helpers/mistakePreview";
import { Project } from "../helpers/project";
import { hasPulumi, previewWithCli } from "../helpers/engine";

const title = "pulumi preview of what people get wrong";

if (!hasPulumi) {
  describe(title, () => {
    it("tells of every mistake (skipped: pulumi is not on PATH)");
  });
} else {
  describe(title, function () {
    this.timeout(60_000);
    const project = Project.copy();

    before("start the sandbox", () => setUpSandbox(new AbortController().signal));
    after(() => project.remove());

    for (const mistake of mistakes) {
      it(`tells of ${mistake.title}`, async () => {
        const { exitCode, output } = await withMistakenChart(project, mistake, () =>
          previewWithCli(project, mistake.stack ?? "dev", mistakenConfig(mistake)),
        );
        assert.notEqual(exitCode, 0, output);
        assert.ok(output.includes(mistake.now), output);
        assert.doesNotMatch(output, /\n +at /, "shows a stack trace");
      });
    }
  });
}
