import * as assert from "assert/strict";
import fc from "fast-check";
import { escapeIdentifier, escapeLiteral } from "pg";
import { createClient } from "redis";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer, startPostgresql } from "../helpers/postgresqlServer";
import { RedisServer, startRedis } from "../helpers/redisServer";
import { logIn } from "./logIn";

/** Space to tilde. */
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));
/** All of them in one password, each at the start and the end of one, random ones, and some that look encoded. */
const passwords = [
  printable.join(""),
  ...printable.map((character) => `${character}x${character}`),
  ...fc.sample(fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 64 }), 50),
  ...["%41", "%%", "a+b c", "postgresql://a:b@c/d"],
];
const host = "127.0.0.1";

describeWith(["python", "postgresql"], "the DATABASE_URL of the app", function () {
  this.timeout(120_000);
  let server: PostgresqlServer;
  /** A role for each password. The name of the first one needs encoding, too. */
  const roles = passwords.map((password, index) => [index === 0 ? "role @:/?#%" : `role${index}`, password]);
  const urlOf = ([username, password]: string[]) =>
    postgresqlUrl({ username, password, host, port: server.port, database: "flaskdb" });

  before("start PostgreSQL", async () => {
    server = await startPostgresql("flaskuser", "password", "flaskdb");
    const statements = roles.map(
      ([name, password]) => `CREATE ROLE ${escapeIdentifier(name)} LOGIN PASSWORD ${escapeLiteral(password)}`,
    );
    await server.query(statements.join(";"));
  });

  after(() => server?.stop());

  for (const [library, driver] of [
    ["psycopg", []],
    ["psycopg2", []],
    // The README says which driver SQLAlchemy uses for the URL.
    ["SQLAlchemy", ["psycopg2"]],
    ["SQLAlchemy with psycopg", ["psycopg"]],
  ] as const) {
    it(`logs in with ${library}, whatever printable characters the password has`, async () => {
      const expected = roles.map(([name]) => [name, "flaskdb", ...driver]);
      assert.deepEqual(await logIn(library, roles.map(urlOf)), expected);
    });

    it(`does not log in with ${library} and a wrong password`, async () => {
      const [answer] = await logIn(library, [urlOf(["role1", "wrong"])]);
      assert.match(String(answer), /password authentication failed for user "role1"/);
    });
  }
});

describeWith(["python", "redis-server"], "the REDIS_URL of the app", function () {
  this.timeout(120_000);
  let server: RedisServer;
  const urlOf = (password: string) => redisUrl({ password, host, port: server.port, database: 0 });

  before("start Redis", async () => {
    server = await startRedis("password");
    const admin = createClient({ url: urlOf("password") });
    await admin.connect();
    // A user can have any number of passwords.
    await admin.aclSetUser("default", ["resetpass", ...passwords.map((password) => `>${password}`)]);
    admin.destroy();
  });

  after(() => server?.stop());

  it("logs in with redis-py, whatever printable characters the password has", async () => {
    const expected = passwords.map(() => ["0.87"]);
    assert.deepEqual(await logIn("redis-py", passwords.map(urlOf)), expected);
  });

  it("does not log in with redis-py and a wrong password", async () => {
    const [answer] = await logIn("redis-py", [urlOf("wrong")]);
    assert.match(String(answer), /invalid username-password pair/);
  });
});
