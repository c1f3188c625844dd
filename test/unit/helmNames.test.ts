import assert from "node:assert/strict";
import { helmFullname, NameOverrides, serviceHost } from "../../components/helmNames";

describe("The full name of a chart's objects", () => {
  const long = "a".repeat(60);
  const rules: [title: string, release: string, chart: string, overrides: NameOverrides, fullname: string][] = [
    ["joins release and chart", "flask-dev", "flask-app", {}, "flask-dev-flask-app"],
    ["is the release when that is called as the chart", "postgresql", "postgresql", {}, "postgresql"],
    ["is the release when that holds the chart's name", "my-redis-2", "redis", {}, "my-redis-2"],
    ["joins when only a part of the chart's name is in the release", "pg", "postgresql", {}, "pg-postgresql"],
    ["takes nameOverride for the chart", "flask-dev", "flask-app", { nameOverride: "api" }, "flask-dev-api"],
    ["is fullnameOverride when there is one", "flask-dev", "flask-app", { fullnameOverride: "shop" }, "shop"],
    ["prefers fullnameOverride", "dev", "flask-app", { nameOverride: "api", fullnameOverride: "shop" }, "shop"],
    ["keeps 63 characters", "r".repeat(57), "redis", {}, `${"r".repeat(57)}-redis`],
    ["is cut at 63 characters", long, "redis", {}, `${long}-re`],
    ["has no dash where it was cut", "b".repeat(62), "redis", {}, "b".repeat(62)],
  ];
  for (const [title, release, chart, overrides, fullname] of rules) {
    it(title, () => {
      assert.equal(helmFullname(release, chart, overrides), fullname);
    });
  }
});

describe("The host name of a Service", () => {
  it("is the one that every namespace resolves", () => {
    assert.equal(serviceHost("pg-postgresql", "shop"), "pg-postgresql.shop.svc.cluster.local");
  });
});
