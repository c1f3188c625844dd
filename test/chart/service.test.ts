import * as assert from "assert/strict";
import { render } from "../helpers/helm";

describe("the chart's Service", function () {
  this.timeout(60_000);

  it("hands its port on to the pods' port of the name http", async () => {
    const manifests = await render();
    assert.deepEqual(manifests.one("Service").spec, {
      type: "ClusterIP",
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
      selector: { "app.kubernetes.io/name": "flask-app", "app.kubernetes.io/instance": "shop" },
    });
    assert.ok(manifests.container.ports?.some(({ name }) => name === "http"));
  });

  it("selects the app's pods, and not the one of helm test", async () => {
    const manifests = await render();
    const selector = manifests.one("Service").spec!.selector!;
    const selects = (labels: Record<string, string> = {}) =>
      Object.entries(selector).every(([label, value]) => labels[label] === value);
    assert.ok(selects(manifests.one("Deployment").spec?.template.metadata?.labels));
    assert.ok(!selects(manifests.one("Pod").metadata?.labels));
  });

  for (const type of ["NodePort", "LoadBalancer"]) {
    it(`is a ${type}, on the port that is set`, async () => {
      const { spec } = (await render({ service: { type, port: 8000 } })).one("Service");
      assert.equal(spec?.type, type);
      assert.equal(spec?.ports?.[0].port, 8000);
    });
  }

  it("carries the annotations that are set", async () => {
    assert.ok(!("annotations" in (await render()).one("Service").metadata!));
    const annotations = { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb", internal: "true" };
    assert.deepEqual((await render({ service: { annotations } })).one("Service").metadata?.annotations, annotations);
  });
});
