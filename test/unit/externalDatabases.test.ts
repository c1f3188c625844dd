import assert from "node:assert/strict";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { find, names, ofType, ProgramRun, runStack, shownToHelm } from "../helpers/program";

describe("A stack with databases outside the cluster", function () {
  this.timeout(20_000);
  const databaseUrl = "postgresql://ann:p%40ss@db.example.com:6432/orders?sslmode=verify-full";
  const redisUrl = "rediss://:w%2Frd@cache.example.com:6379/0";
  let run: ProgramRun;

  function useServers(config: StackFileConfig): void {
    config["flask-app:postgresql"] = {
      external: {
        host: "db.example.com",
        port: 6432,
        username: "ann",
        database: "orders",
        password: "p@ss",
        sslMode: "verify-full",
      },
    };
    config["flask-app:redis"] = { external: { host: "cache.example.com", password: "w/rd", tls: true } };
  }

  before(async () => {
    run = await runStack("production", useServers, { secretKeys: ["flask-app:postgresql", "flask-app:redis"] });
  });

  it("registers the namespace, its policies and the app, but nothing for the databases", () => {
    assert.deepEqual(names(run.registrations), [
      "FlaskApp app",
      "Namespace production",
      "NetworkPolicy flask-prod-acme-solver",
      "NetworkPolicy flask-prod-default-deny",
      "RandomPassword flask-prod-env-SECRET_KEY",
      "Release flask-prod",
      "Secret flask-prod-env",
    ]);
  });

  it("passes the servers' URLs to the app in its Secret only", () => {
    const { stringData } = find(run, "Secret flask-prod-env").inputs as { stringData: Record<string, string> };
    assert.deepEqual([stringData.DATABASE_URL, stringData.REDIS_URL], [databaseUrl, redisUrl]);
    assert.deepEqual(shownToHelm(run, ["p@ss", "p%40ss", "w/rd", "w%2Frd"]), []);
  });

  it("exports their hosts, and neither a release nor a Secret of theirs", () => {
    const { releases, databaseHost, redisHost, secrets } = run.outputs;
    assert.deepEqual(releases.value, { app: "flask-prod", postgresql: undefined, redis: undefined });
    assert.equal(databaseHost.value, "db.example.com");
    assert.equal(redisHost.value, "cache.example.com");
    assert.deepEqual(secrets.value, { app: "flask-prod-env", postgresql: undefined, redis: undefined });
  });

  it("may have one database outside the cluster and the other in it", async () => {
    const mixed = await runStack("dev", (config) => {
      config["flask-app:redis"] = { external: { host: "cache.example.com" } };
    });
    assert.deepEqual(names(ofType(mixed, "Release")), ["Release flask-dev", "Release flask-dev-postgresql"]);
    const { stringData } = find(mixed, "Secret flask-dev-env").inputs as { stringData: Record<string, string> };
    assert.equal(stringData.REDIS_URL, "redis://cache.example.com:6379/0");
  });
});
