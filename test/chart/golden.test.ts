import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { stackNames } from "../../tools/lib/stackFiles";
import { pinnedVersion } from "../../tools/lib/binaries";
import { helm } from "../helpers/helm";
import { deployedStacks } from "../helpers/stackValues";

describe("the golden manifests", function () {
  this.timeout(60_000);

  for (const name of stackNames()) {
    it(`of the ${name} stack are what the chart renders for it`, async () => {
      const { app } = (await deployedStacks()).find((stack) => stack.name === name)!;
      const where = [app.name, app.chart, "--namespace", app.namespace];
      const version = ["--kube-version", pinnedVersion("k8s.io/kubernetes")];
      const { stdout } = await helm(["template", ...where, ...version, "--values", "-"], app.values);
      const rendered = `${stdout}\n`;

      const file = path.join(__dirname, "golden", `${name}.yaml`);
      if (process.env.UPDATE_GOLDEN) {
        fs.writeFileSync(file, rendered);
      }
      const golden = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
      assert.equal(rendered, golden, `${file} is of another chart or other values: \`npm run golden\` writes it anew`);
    });
  }
});
