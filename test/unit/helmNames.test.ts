import assert from "node:assert/strict";
import { helmFullname, NameOverrides, serviceHost } from "../../components/helmNames";

describe("The full name of a chart's objects", () => {
  const long = "a".repeat(60);
  const rules: [title: string, release: string, chart: string, overrides: NameOverrides, fullname: string][] = [
    ["is the release and the chart", "flask-dev", "flask-app", {}, "flask-dev-flask-app"],
    ["is the release if it has the name of the chart", "postgresql", "postgresql", {}, "postgresql"],
    ["is the release if its name contains the chart's", "my-redis-2", "redis", {}, "my-redis-2"],
    ["is both if the release contains only a part of the chart's name", "pg", "postgresql", {}, "pg-postgresql"],
    ["uses nameOverride in place of the chart", "flask-dev", "flask-app", { nameOverride: "api" }, "flask-dev-api"],
    ["is fullnameOverride if that is set", "flask-dev", "flask-app", { fullnameOverride: "shop" }, "shop"],
    ["prefers fullnameOverride", "dev", "flask-app", { nameOverride: "api", fullnameOverride: "shop" }, "shop"],
    ["may have 63 characters", "r".repeat(57), "redis", {}, `${"r".repeat(57)}-redis`],
    ["is cut at 63 characters", long, "redis", {}, `${long}-re`],
    ["does not end with a dash after the cut", "b".repeat(62), "redis", {}, "b".repeat(62)],
  ];
  for (const [title, release, chart, overrides, fullname] of rules) {
    it(title, () => {
      assert.equal(helmFullname(release, chart, overrides), fullname);
    });
  }
});

describe("The host name of a Service", () => {
  it("resolves from every namespace", () => {
    assert.equal(serviceHost("pg-postgresql", "shop"), "pg-postgresql.shop.svc.cluster.local");
  });
});
