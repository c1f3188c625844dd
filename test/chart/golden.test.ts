import * as assert from "assert/strict";
import * as path from "path";
import { stackNames } from "../../tools/lib/stackFiles";
import { assertGenerated } from "../helpers/generated";
import { appChart, helmTemplate, lint, Rendering, Values } from "../helpers/helm";
import { deployedStacks } from "../helpers/stackValues";

/** What to render for each golden file, by its name. */
const renderings: Record<string, () => Promise<[Values, Rendering]>> = {
  everything: () => Promise.resolve([{}, { files: [path.join(__dirname, "everything.yaml")] }]),
};
for (const stack of stackNames()) {
  renderings[stack] = async () => {
    const { app } = (await deployedStacks()).find(({ name }) => name === stack)!;
    return [app.values, { chart: app.chart, release: app.name, namespace: app.namespace }];
  };
}

describe("the golden manifests", function () {
  this.timeout(60_000);

  for (const [name, rendering] of Object.entries(renderings)) {
    it(`${name}.yaml are what the chart renders`, async () => {
      const rendered = `${await helmTemplate(...(await rendering()))}\n`;
      assertGenerated(path.join(__dirname, "golden", `${name}.yaml`), rendered);
    });

    it(`${name}.yaml come from values that pass helm lint without a warning`, async () => {
      const [values, { files }] = await rendering();
      const output = await lint(values, { chart: appChart, files });
      assert.match(output, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      assert.doesNotMatch(output, /\[(INFO|WARNING|ERROR)\]/);
    });
  }
});
