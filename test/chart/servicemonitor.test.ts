import * as assert from "assert/strict";
import { render } from "../helpers/helm";

describe("the chart's ServiceMonitor", function () {
  this.timeout(60_000);

  it("is made only when it is enabled", async () => {
    assert.deepEqual((await render()).every("ServiceMonitor"), []);
  });

  it("has the app's Service scraped at its port of the name http", async () => {
    const manifests = await render({ serviceMonitor: { enabled: true } });
    const selector = { matchLabels: { "app.kubernetes.io/name": "flask-app", "app.kubernetes.io/instance": "shop" } };
    const endpoints = [{ port: "http", path: "/metrics", interval: "30s" }];
    assert.deepEqual(manifests.one("ServiceMonitor").spec, { selector, endpoints });
    const { metadata, spec } = manifests.one("Service");
    assert.deepEqual({ ...metadata?.labels, ...selector.matchLabels }, metadata?.labels);
    assert.ok(spec?.ports?.some(({ name }) => name === "http"));
  });

  it("has the path, interval and labels that are set", async () => {
    const labels = { release: "prometheus" };
    const serviceMonitor = { enabled: true, path: "/internal/metrics", interval: "1m30s", labels };
    const { metadata, spec } = (await render({ serviceMonitor })).one("ServiceMonitor");
    assert.equal(metadata.labels?.release, "prometheus");
    assert.equal(metadata.labels?.["app.kubernetes.io/instance"], "shop");
    const { endpoints } = spec as { endpoints: unknown };
    assert.deepEqual(endpoints, [{ port: "http", path: "/internal/metrics", interval: "1m30s" }]);
  });
});
