import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import deepmerge from "deepmerge";
import * as yaml from "yaml";
import { projectFolder } from "../../tools/lib/paths";
import { render, Values } from "../helpers/helm";
import { kubernetesFaults } from "../helpers/kubernetesSchemas";

describe("the values in example/README.md", function () {
  this.timeout(60_000);

  it("render to valid manifests, with a CronJob that deletes old predictions from the app's database", async () => {
    const text = fs.readFileSync(path.join(projectFolder, "example/README.md"), "utf8");
    const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => yaml.parse(block) as Values);
    assert.equal(blocks.length, 3);
    const values = deepmerge.all<Values>([{ existingSecret: "env" }, ...blocks]);
    const manifests = await render(values);
    assert.deepEqual((await Promise.all(manifests.all.map((manifest) => kubernetesFaults(manifest)))).flat(), []);
    const { template } = manifests.one("CronJob").spec!.jobTemplate.spec!;
    const [container] = template.spec!.containers;
    const selector = manifests.one("Service").spec!.selector!;
    assert.ok(Object.entries(selector).some(([label, value]) => template.metadata?.labels?.[label] !== value));
    assert.equal(container.image, manifests.container.image);
    assert.deepEqual(container.envFrom, [{ secretRef: { name: "env" } }]);
    assert.equal(manifests.container.readinessProbe?.httpGet?.port, 9090);
  });
});
