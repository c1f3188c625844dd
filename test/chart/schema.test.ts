import * as assert from "assert/strict";
import { renderError, Values } from "../helpers/helm";

const host = { host: "shop.example.com", paths: [{ path: "/", pathType: "Prefix" }] };

describe("the schema of the chart's values", function () {
  this.timeout(60_000);

  const ports = { service: ["port", "targetPort"], database: ["port"], redis: ["port"] };
  const refused: { what: string; values: Values; message: string }[] = [
    { what: "an unknown key", values: { replicas: 2 }, message: "at '': additional properties 'replicas' not allowed" },
    {
      what: "an unknown key further down",
      values: { image: { tags: "v1" } },
      message: "at '/image': additional properties 'tags' not allowed",
    },
    {
      what: "a text for a number",
      values: { replicaCount: "2" },
      message: "at '/replicaCount': got string, want integer",
    },
    {
      what: "a number for a text",
      values: { image: { tag: 1.1 } },
      message: "at '/image/tag': got number, want string",
    },
    { what: "a text for a switch", values: { flask: { debug: "no" } }, message: "at '/flask/debug': got string" },
    { what: "half a pod", values: { replicaCount: 1.5 }, message: "at '/replicaCount': got number, want integer" },
    { what: "a negative count", values: { replicaCount: -1 }, message: "at '/replicaCount': minimum: got -1, want 0" },
    {
      what: "a tag with a space",
      values: { image: { tag: "v1 beta" } },
      message: "at '/image/tag': 'v1 beta' does not",
    },
    {
      what: "an image name that holds the tag",
      values: { image: { repository: "flask-app:v1" } },
      message: "at '/image/repository': 'flask-app:v1' does not match",
    },
    {
      what: "an unknown pull policy",
      values: { image: { pullPolicy: "Sometimes" } },
      message: "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
    },
    {
      what: "an unknown log level",
      values: { flask: { logLevel: "info" } },
      message: "at '/flask/logLevel': value must",
    },
    { what: "an empty secret key", values: { flask: { secretKey: "" } }, message: "at '/flask/secretKey': minLength" },
    {
      what: "a quantity with an unknown unit",
      values: { resources: { limits: { memory: "256MB" } } },
      message: "at '/resources/limits/memory'",
    },
    {
      what: "an unknown resource",
      values: { resources: { requests: { memroy: "1Gi" } } },
      message: "at '/resources/requests': additional properties 'memroy' not allowed",
    },
    { what: "a size of 0", values: { persistence: { size: "0.0Gi" } }, message: "at '/persistence/size': '0.0Gi'" },
    { what: "a size that is none", values: { persistence: { size: "ten" } }, message: "at '/persistence/size': 'ten'" },
    {
      what: "an unknown access mode",
      values: { persistence: { accessModes: ["RWX"] } },
      message: "at '/persistence/accessModes/0': value must be one of",
    },
    {
      what: "no access mode",
      values: { persistence: { accessModes: [] } },
      message: "at '/persistence/accessModes': minItems: got 0, want 1",
    },
    {
      what: "ReadWriteOncePod beside another access mode",
      values: { persistence: { accessModes: ["ReadWriteOncePod", "ReadWriteMany"] } },
      message: "at '/persistence/accessModes': maxItems: got 2, want 1",
    },
    {
      what: "a relative mount path",
      values: { persistence: { mountPath: "data" } },
      message: "at '/persistence/mountPath': 'data'",
    },
    {
      what: "port 0",
      values: { service: { targetPort: 0 } },
      message: "at '/service/targetPort': minimum: got 0, want 1",
    },
    { what: "an unknown kind of Service", values: { service: { type: "clusterip" } }, message: "at '/service/type'" },
    {
      what: "a probe path without a slash",
      values: { healthCheck: { livenessProbe: { path: "health" } } },
      message: "at '/healthCheck/livenessProbe/path': 'health'",
    },
    {
      what: "a probe without a pause",
      values: { healthCheck: { readinessProbe: { periodSeconds: 0 } } },
      message: "at '/healthCheck/readinessProbe/periodSeconds': minimum",
    },
    {
      what: "a host name with a scheme",
      values: { ingress: { hosts: [{ ...host, host: "https://shop.example.com" }] } },
      message: "at '/ingress/hosts/0/host': 'https://shop.example.com'",
    },
    {
      what: "an IP address for a host name",
      values: { ingress: { hosts: [{ ...host, host: "10.0.0.1" }] } },
      message: "at '/ingress/hosts/0/host': '10.0.0.1'",
    },
    {
      what: "a host without paths",
      values: { ingress: { hosts: [{ host: "shop.example.com" }] } },
      message: "at '/ingress/hosts/0': missing property 'paths'",
    },
    {
      what: "a path that no proxy compares as it is",
      values: { ingress: { hosts: [{ ...host, paths: [{ path: "/api/../admin", pathType: "Prefix" }] }] } },
      message: "at '/ingress/hosts/0/paths/0/path': 'not' failed",
    },
    {
      what: "an unknown type of path",
      values: { ingress: { hosts: [{ ...host, paths: [{ path: "/", pathType: "prefix" }] }] } },
      message: "at '/ingress/hosts/0/paths/0/pathType'",
    },
    {
      what: "a certificate without its Secret",
      values: { ingress: { tls: [{ hosts: ["shop.example.com"] }] } },
      message: "at '/ingress/tls/0': missing property 'secretName'",
    },
    {
      what: "a budget above 100 %",
      values: { podDisruptionBudget: { minAvailable: "101%" } },
      message: "at '/podDisruptionBudget/minAvailable'",
    },
    {
      what: "an autoscaler that may go to no pod",
      values: { autoscaling: { minReplicas: 0 } },
      message: "at '/autoscaling/minReplicas': minimum: got 0, want 1",
    },
    {
      what: "an interval without a unit",
      values: { serviceMonitor: { interval: "30" } },
      message: "at '/serviceMonitor/interval': '30'",
    },
    {
      what: "a Secret's name in capitals",
      values: { existingSecret: "Shop" },
      message: "at '/existingSecret'",
    },
    {
      what: "a database URL for a host",
      values: { database: { host: "postgresql://db" } },
      message: "at '/database/host': 'postgresql://db'",
    },
    {
      what: "a negative Redis database",
      values: { redis: { database: -1 } },
      message: "at '/redis/database': minimum",
    },
    {
      what: "an annotation that is no text",
      values: { podAnnotations: { port: 8080 } },
      message: "at '/podAnnotations/port': got number, want string",
    },
    {
      what: "an annotation whose key begins with a slash",
      values: { service: { annotations: { "/path": "/" } } },
      message: "at '/service/annotations': additional properties '/path' not allowed",
    },
    {
      what: "a label whose key is too long",
      values: { commonLabels: { ["a".repeat(64)]: "ml" } },
      message: `at '/commonLabels': additional properties '${"a".repeat(64)}' not allowed`,
    },
    { what: "an image with a space", values: { test: { image: "busybox :1.36" } }, message: "at '/test/image'" },
  ];
  for (const [section, keys] of Object.entries(ports)) {
    for (const key of keys) {
      const message = `at '/${section}/${key}': maximum: got 65,536, want 65,535`;
      refused.push({ what: `a ${section} ${key} above 65535`, values: { [section]: { [key]: 65536 } }, message });
    }
  }
  for (const { what, values, message } of refused) {
    it(`refuses ${what}, and says where`, async () => {
      const error = await renderError(values);
      assert.ok(error.includes(message), error);
    });
  }

  it("tells every fault at once", async () => {
    const error = await renderError({ replicaCount: "two", image: { tagg: "v1" }, service: { port: 0 } });
    for (const path of ["/replicaCount", "/image", "/service/port"]) {
      assert.ok(error.includes(`at '${path}'`), error);
    }
  });
});
