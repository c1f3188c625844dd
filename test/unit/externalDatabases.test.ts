import assert from "node:assert/strict";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { checksumOf, find, names, ofType, ProgramRun, runStack, shownToHelm, valuesOf } from "../helpers/program";

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

describe("A stack whose databases are in other tools' Secrets", function () {
  this.timeout(20_000);
  const uri = "postgresql://app:s3cret-of-uri@app-db-rw.data:5432/app";
  const secrets: Record<string, Record<string, string>> = {
    "app-db": { uri },
    cache: { user: "app", pw: "s3cret/of/cache" },
  };
  const useSecrets = (config: StackFileConfig) => {
    config["flask-app:postgresql"] = { external: { secret: { name: "app-db" } } };
    const secret = { name: "cache", usernameKey: "user", passwordKey: "pw" };
    config["flask-app:redis"] = { external: { host: "cache.example.com", tls: true, secret } };
  };
  const run = (content = secrets) =>
    runStack("production", useSecrets, { readSecret: (_, name) => Promise.resolve(content[name]) });
  const appSecret = (result: ProgramRun) =>
    (find(result, "Secret flask-prod-env").inputs as { stringData: Record<string, string> }).stringData;

  it("passes the app the Secret that holds a URL, with TLS, and registers the URL nowhere", async () => {
    const result = await run();
    assert.deepEqual(Object.keys(appSecret(result)), ["REDIS_URL", "SECRET_KEY"]);
    assert.deepEqual(valuesOf(result, "flask-prod").extraEnv, [
      { name: "DATABASE_URL", valueFrom: { secretKeyRef: { name: "app-db", key: "uri" } } },
      { name: "PGSSLMODE", value: "verify-full" },
      { name: "PGSSLROOTCERT", value: "system" },
    ]);
    const everything = JSON.stringify([result.registrations, result.outputs]);
    assert.doesNotMatch(everything, /s3cret-of-uri/);
  });

  it("builds the other URL from the user name and the password in a Secret", async () => {
    const result = await run();
    assert.equal(appSecret(result).REDIS_URL, "rediss://app:s3cret%2Fof%2Fcache@cache.example.com:6379/0");
    assert.deepEqual(shownToHelm(result, ["s3cret%2Fof%2Fcache", "s3cret/of/cache"]), []);
  });

  it("restarts the app's pods when one of these Secrets changes, and only then", async () => {
    const [before, same] = [await run(), await run({ ...secrets, other: { a: "b" } })];
    const rotated = await run({ ...secrets, "app-db": { uri: uri.replace("s3cret", "n3w") } });
    const login = await run({ ...secrets, cache: { user: "app", pw: "n3w" } });
    const checksums = [before, same, rotated, login].map((result) => checksumOf(result, "flask-prod"));
    assert.equal(checksums[0], checksums[1]);
    assert.equal(new Set(checksums).size, 3);
  });

  it("may be rendered without a cluster", async () => {
    const result = await runStack("production", useSecrets);
    assert.equal(appSecret(result).REDIS_URL, "rediss://user%20of%20cache:pw%20of%20cache@cache.example.com:6379/0");
  });

  const wrong: [title: string, content: Record<string, Record<string, string>>, fault: string][] = [
    [
      "that does not exist",
      { "app-db": { uri } },
      'flask-app:redis.external.secret.name: found "cache", but the namespace production has no Secret of that name; create it first',
    ],
    [
      "without the key",
      { ...secrets, cache: { user: "app", password: "p" } },
      'flask-app:redis.external.secret.passwordKey: found "pw", accepted: a key of the Secret cache, which has password, user',
    ],
    [
      "with a line break at its end",
      { ...secrets, "app-db": { uri: `${uri}\n` } },
      "flask-app:postgresql.external.secret.key: the value of uri in the Secret app-db ends with a line break; store it without one",
    ],
    [
      "with something else than a URL",
      { ...secrets, "app-db": { uri: "s3cret" } },
      "flask-app:postgresql.external.secret.key: the value in the Secret app-db is not a URL that begins with postgresql://",
    ],
    [
      "with a port that the network policy blocks",
      { ...secrets, "app-db": { uri: uri.replace("5432", "6432") } },
      "flask-app:postgresql.external.port: found 5432, but the URL in the Secret app-db has port 6432: the app's NetworkPolicy would block it; set 6432",
    ],
    [
      "with a URL without TLS",
      { ...secrets, "app-db": { uri: `${uri}?sslmode=disable` } },
      'flask-app:postgresql.external.secret: found "sslmode=disable", accepted: require, verify-ca, verify-full: without TLS, passwords and data can be read in transit (guard rail: external-databases)',
    ],
  ];
  for (const [title, content, fault] of wrong) {
    it(`refuses a Secret ${title}`, async () => {
      await assert.rejects(run(content), ({ message }: Error) => {
        assert.deepEqual(message.split("\n").slice(1), [`  ${fault}`]);
        assert.doesNotMatch(message, /s3cret/);
        return true;
      });
    });
  }

  for (const [url, fault] of [
    ["redis://:p@r:6379", /found "redis:\/\/", accepted: a URL that begins with rediss:\/\//],
    ["rediss://r:6379", /found no password in the URL, accepted: a password/],
  ] as const) {
    it(`refuses the Redis URL ${url}`, async () => {
      const change = (config: StackFileConfig) => {
        config["flask-app:redis"] = { external: { secret: { name: "cache" } } };
      };
      const run = runStack("production", change, { readSecret: () => Promise.resolve({ uri: url }) });
      await assert.rejects(run, fault);
    });
  }
});
