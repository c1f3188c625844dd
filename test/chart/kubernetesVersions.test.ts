import * as assert from "assert/strict";
import { render } from "../helpers/helm";
import { pinnedKubernetes } from "../../tools/generate/kubernetesDefinitions";
import { everySection } from "./sections";
import { deployedStacks } from "../helpers/stackValues";

// The last three minor versions; Kubernetes supports no more.
for (const kubernetes of [pinnedKubernetes, "v1.36.3", "v1.35.4"]) {
  describe(`on Kubernetes ${kubernetes}`, function () {
    this.timeout(300_000);

    it("every part of the chart is what the API takes", async () => {
      assert.ok((await render(everySection, { kubernetes })).all.length >= 16);
    });

    it("the chart is what the API takes with the values of each stack", async () => {
      for (const { app } of await deployedStacks()) {
        const { all } = await render(app.values, { kubernetes, release: app.name, namespace: app.namespace });
        assert.ok(all.length >= 5);
      }
    });
  });
}
