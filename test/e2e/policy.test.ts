import assert from "node:assert/strict";
import { withStandInCharts } from "../../sandbox/bitnamiCharts";
import { setUpSandbox } from "../../sandbox/setUp";
import { readStackFile, stackNames, StackFileConfig } from "../../sandbox/stackFiles";
import { Project } from "../sandbox/project";
import { hasPulumi, previewWithCli } from "./engine";

const title = "pulumi preview --policy-pack policy";

if (!hasPulumi) {
  describe(title, () => {
    it("passes the stacks and refuses a production that breaks the guard rails (skipped: pulumi is not on PATH)");
  });
} else {
  describe(title, function () {
    this.timeout(120_000);
    const project = Project.copy();

    before("start the sandbox", () => setUpSandbox(new AbortController().signal));
    after(() => project.remove());

    /** Previews a stack of the copy with the policy pack. */
    function preview(stack: string, change: (config: StackFileConfig) => void = () => undefined) {
      const { config } = withStandInCharts(readStackFile(stack));
      change(config);
      return previewWithCli(project, stack, config, ["--policy-pack", "policy"]);
    }

    function breakRails(config: StackFileConfig): void {
      const app = config["flask-app:app"] as { image: { tag: string }; flask: { debug: boolean } };
      app.image.tag = "latest";
      app.flask.debug = true;
      config["flask-app:protect"] = false;
    }

    const faults = [
      'flask-app:app.image.tag: found "latest"',
      "flask-app:app.flask.debug: found true",
      "flask-app:protect: found false",
    ];

    for (const stack of stackNames()) {
      it(`passes ${stack} as its file configures it`, async () => {
        const { exitCode, output } = await preview(stack);
        assert.equal(exitCode, 0, output);
        assert.match(output, /✅ flask-app-guard-rails/);
        assert.doesNotMatch(output, /advisory|mandatory/);
      });
    }

    it("is refused by the program when production breaks the rails", async () => {
      const { exitCode, output } = await preview("production", breakRails);
      assert.notEqual(exitCode, 0, output);
      assert.match(output, /Pulumi\.production\.yaml has 3 faults; nothing was changed/);
      faults.forEach((fault) => assert.ok(output.includes(fault), output));
    });

    it("is refused by the policy pack when the program has lost its check", async () => {
      project.edit("components/config.ts", ", ...brokenGuardRails(stack, project, config)", "");
      const { exitCode, output } = await preview("production", breakRails);
      assert.notEqual(exitCode, 0, output);
      assert.doesNotMatch(output, /nothing was changed/);
      assert.equal(output.match(/\[mandatory\]/g)?.length, 3, output);
      faults.forEach((fault) => assert.ok(output.includes(fault), output));
    });
  });
}
