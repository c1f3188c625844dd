import * as assert from "assert/strict";
import * as path from "path";
import { pinnedKubernetes } from "../helpers/kubernetesDefinitions";
import { render } from "../helpers/helm";
import { deployedStacks } from "../helpers/stackValues";

// The three minor versions that Kubernetes supports.
for (const kubernetes of [pinnedKubernetes, "v1.36.3", "v1.35.4"]) {
  describe(`on Kubernetes ${kubernetes}, the API accepts what the chart renders`, function () {
    this.timeout(300_000);

    it("with every part of the chart turned on", async () => {
      const files = [path.join(__dirname, "everything.yaml")];
      assert.equal((await render({}, { kubernetes, files })).all.length, 21);
    });

    it("with the values of each stack", async () => {
      for (const { app } of await deployedStacks()) {
        const { all } = await render(app.values, { kubernetes, release: app.name, namespace: app.namespace });
        assert.ok(all.length >= 5);
      }
    });
  });
}
