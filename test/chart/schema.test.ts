import * as assert from "assert/strict";
import { renderError } from "../helpers/helm";
import { valuesWith } from "./valuesSchema";

const root = { host: "shop.example.com", paths: [{ path: "/", pathType: "Prefix" }] };
const withPath = (path: object) => [{ ...root, paths: [{ ...root.paths[0], ...path }] }];

describe("the schema of the chart's values", function () {
  this.timeout(60_000);

  /** Wrong values by their paths; where the fault lies deeper, the rest of its path comes third. */
  const refused: [path: string, value: unknown, deeper?: string][] = [
    ["replicas", 2, "additional properties 'replicas' not allowed"],
    ["image.tags", "v1", "additional properties 'tags' not allowed"],
    ["replicaCount", -1],
    ["image.tag", 1.1],
    ["image.tag", "v1 beta"],
    ["image.repository", "flask-app:v1"],
    ["image.pullPolicy", "Sometimes"],
    ["flask.logLevel", "info"],
    ["flask.secretKey", 1],
    ["hardened", "yes"],
    ["resources.limits.memory", "256MB"],
    ["resources.requests.memroy", "1Gi", "additional properties 'memroy' not allowed"],
    ["persistence.size", "0.0Gi"],
    ["persistence.size", "ten"],
    ["persistence.accessModes", ["RWX"], "/0"],
    ["persistence.accessModes", []],
    ["persistence.accessModes", ["ReadWriteOncePod", "ReadWriteMany"]],
    ["persistence.mountPath", "data"],
    ["service.type", "clusterip"],
    ["service.port", 65536],
    ["service.targetPort", 0],
    ["database.port", 65536],
    ["redis.port", 65536],
    ["healthCheck.livenessProbe.path", "health"],
    ["healthCheck.readinessProbe.periodSeconds", 0],
    ["healthCheck.readinessProbe.scheme", "https"],
    ["healthCheck.readinessProbe.httpHeaders", [{ name: "Host" }], "/0': missing property 'value'"],
    ["ingress", { enabled: true }, "/hosts"],
    ["ingress.hosts", [{ ...root, host: "https://shop.example.com" }], "/0/host"],
    ["ingress.hosts", [{ ...root, host: "10.0.0.1" }], "/0/host"],
    ["ingress.hosts", [{ host: "shop.example.com" }], "/0': missing property 'paths'"],
    ["ingress.hosts", withPath({ path: "/api/../admin" }), "/0/paths/0/path"],
    ["ingress.hosts", withPath({ pathType: "prefix" }), "/0/paths/0/pathType"],
    ["podDisruptionBudget.minAvailable", "101%"],
    ["podDisruptionBudget.maxUnavailable", 0],
    ["podDisruptionBudget.maxUnavailable", "0%"],
    ["worker.replicaCount", -1],
    ["worker.resources.requests", { memroy: "1Gi" }, "additional properties 'memroy' not allowed"],
    ["migration.resources.request", {}, "additional properties 'request' not allowed"],
    ["autoscaling.minReplicas", 0],
    ["healthCheck.livenessProbe.port", 65536],
    ["serviceMonitor.interval", "30"],
    ["serviceMonitor.port", "Metrics"],
    ["service.extraPorts", [{ name: "grpc-for-everyone", port: 9000 }], "/0/name"],
    ["service.extraPorts", [{ name: "grpc" }], "/0': missing property 'port'"],
    ["existingSecret", "Shop"],
    ["database.host", "postgresql://db"],
    ["redis.database", -1],
    ["podAnnotations.port", 8080],
    ["service.annotations", { "/path": "/" }, "additional properties '/path' not allowed"],
    ["commonLabels", { ["a".repeat(64)]: "ml" }, "additional properties 'aaa"],
    ["test.image", "busybox :1.36"],
  ];
  for (const [path, value, deeper = ""] of refused) {
    it(`refuses ${path}: ${JSON.stringify(value)}, and says where`, async () => {
      const error = await renderError(valuesWith(path, value));
      const where = deeper.startsWith("additional") ? deeper : `at '/${path.replaceAll(".", "/")}${deeper}`;
      assert.ok(error.includes(where), error);
    });
  }

  it("lists every fault", async () => {
    const error = await renderError({ replicaCount: "two", image: { tagg: "v1" }, service: { port: 0 } });
    for (const path of ["/replicaCount", "/image", "/service/port"]) {
      assert.ok(error.includes(`at '${path}'`), error);
    }
  });
});
