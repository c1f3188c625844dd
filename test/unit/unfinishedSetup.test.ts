import assert from "node:assert/strict";
import { unfinishedSetup } from "../../components/checks/unfinishedSetup";
import { StackConfig } from "../../components/config/config.generated";
import { withLocalAddresses } from "../../sandbox/sandboxStack";
import { parseRaw } from "../helpers/stackConfig";
import { readStackFile, toProgramConfig } from "../../tools/lib/stackFiles";

describe("A guarded stack", () => {
  const production = (): StackConfig => parseRaw(toProgramConfig(readStackFile("production").config));
  const paths = (config: StackConfig, settings = {}) => unfinishedSetup(config, settings).map(({ path }) => path);

  it("must name its cluster, its own image and its own hosts", () => {
    const expected = ["kubernetes:context", "app.image.repository", "app.ingress.hosts[0].host"];
    assert.deepEqual(paths(production()), expected);
  });

  it("may select its cluster by any of the provider's settings", () => {
    for (const settings of [{ context: "prod" }, { kubeconfig: "prod.yaml" }]) {
      assert.ok(!paths(production(), settings).includes("kubernetes:context"));
    }
  });

  it("may not run the chart's demo image", () => {
    const config = production();
    delete config.app.image;
    assert.ok(paths(config).includes("app.image.repository"));
  });

  it("is complete with values of its own, and an Ingress that is off may have any host", () => {
    const config = production();
    config.app.image = { repository: "registry.shop.test/app", tag: "v1" };
    config.app.ingress!.enabled = false;
    assert.deepEqual(paths(config, { context: "prod" }), []);
  });

  it("is complete in the sandbox, and deploys only there", () => {
    const file = readStackFile("production");
    file.config["kubernetes:kubeconfig"] = "/home/ann/prod.yaml";
    const { config } = withLocalAddresses(file);
    assert.deepEqual(config["kubernetes:context"], "sandbox");
    assert.ok(!("kubernetes:kubeconfig" in config));
    assert.deepEqual(paths(parseRaw(toProgramConfig(config)), { context: "sandbox" }), []);
  });

  it("is any that does not say otherwise", () => {
    assert.deepEqual(paths({ ...production(), tier: "staging" }), []);
  });
});
