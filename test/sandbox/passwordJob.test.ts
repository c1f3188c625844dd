import * as assert from "assert/strict";
import { execa } from "execa";
import { postgresqlUrl } from "../../components/connectionUrl";
import { find, runStack } from "../helpers/program";
import { hasPsql, logInToPostgresql, PostgresqlServer, startPostgresql, superuser } from "../helpers/databases";

interface Container {
  command: string[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { key: string } } }[];
}

describe("the Job by which PostgreSQL takes a password, on a real PostgreSQL", function () {
  this.timeout(60_000);
  if (!hasPsql) {
    it("changes the password (skipped: psql is not on PATH)");
    return;
  }

  const role = "flaskuser";
  let server: PostgresqlServer;
  let container: Container;

  before("start a server that logs every statement, and read the Job", async () => {
    server = await startPostgresql(role, "first", "flaskdb", ["log_statement=all", "log_min_duration_statement=0"]);
    const { inputs } = find(await runStack("production"), "Job flask-prod-postgresql-password");
    const { spec } = inputs as { spec: { template: { spec: { containers: Container[] } } } };
    [container] = spec.template.spec.containers;
  });

  after(() => server?.stop());

  /** Runs the Job's command as the kubelet would: without a terminal, with the values of its Secret. */
  function run(secret: Record<string, string>, changes: Record<string, string> = {}) {
    const [file, ...args] = container.command;
    const env = container.env.map(({ name, value, valueFrom }) => [
      name,
      value ?? secret[valueFrom?.secretKeyRef.key ?? ""],
    ]);
    return execa(file, args, {
      env: {
        PATH: process.env.PATH,
        ...(Object.fromEntries(env) as Record<string, string>),
        ...{ PGHOST: "127.0.0.1", PGPORT: String(server.port) },
        ...changes,
      },
      extendEnv: false,
      detached: true,
      stdin: "ignore",
      all: true,
      reject: false,
    });
  }

  const logIn = (password: string) =>
    logInToPostgresql(
      postgresqlUrl({ username: role, password, host: "database", port: 5432, database: "flaskdb" }),
      server.port,
    );
  const change = (password: string) => run({ password, "postgres-password": superuser.password });

  const awkward = [
    "bL3tt3rs4ndD1g1ts",
    `it's "quoted" 'twice''`,
    "back\\slash \\n \\\\ \\password",
    "$HOME ${PATH} $(id) `id` !!",
    "%s %d %% printf",
    ":'ROLE' :\"ROLE\" :ROLE",
    "-c --help",
    "a; DROP ROLE flaskuser; --",
    " spaces at both ends ",
    "tab\tand#hash?@/:&",
    "Grüße 漢字 €",
    Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(""),
    "x".repeat(500),
  ];
  for (const password of awkward) {
    it(`has the server take ${JSON.stringify(password.slice(0, 40))}, and refuse the one before`, async () => {
      assert.equal((await change("before")).exitCode, 0);
      await logIn("before");
      const { exitCode, all } = await change(password);
      assert.equal(exitCode, 0, all);
      assert.ok(!all.includes(password), "the Job's log holds the password");
      assert.deepEqual(await logIn(password), { user: role, database: "flaskdb" });
      await assert.rejects(logIn("before"), /authentication failed/);
    });
  }

  it("changes nothing when it runs again with the same password", async () => {
    await change("same-password");
    await change("same-password");
    await logIn("same-password");
  });

  it("leaves those logged in who are connected already", async () => {
    await change("connected-with-this");
    const { Client } = await import("pg");
    const client = new Client({
      ...{ host: "127.0.0.1", port: server.port, database: "flaskdb" },
      ...{ user: role, password: "connected-with-this" },
    });
    await client.connect();
    try {
      await change("the-next-one");
      assert.equal((await client.query("SELECT 1 AS one")).rowCount, 1);
    } finally {
      await client.end();
    }
  });

  it("shows the password in no log of a server that logs every statement", async () => {
    const password = "seen-in-no-log-4711";
    assert.equal((await change(password)).exitCode, 0);
    await logIn(password);
    assert.match(server.log(), /ALTER (USER|ROLE) flaskuser PASSWORD 'SCRAM-SHA-256\$/);
    assert.ok(!server.log().includes(password), "the server's log holds the password");
  });

  it("fails, and changes nothing, when the superuser's password is wrong", async () => {
    await change("kept");
    const { exitCode, all } = await run({ password: "never", "postgres-password": "wrong" });
    assert.notEqual(exitCode, 0);
    assert.match(all, /password authentication failed for user "postgres"/);
    await logIn("kept");
  });

  it("fails when there is no such role, and when the server does not answer", async () => {
    const secret = { password: "never", "postgres-password": superuser.password };
    const missing = await run(secret, { ROLE: "nobody" });
    assert.notEqual(missing.exitCode, 0);
    assert.match(missing.all, /role "nobody" does not exist/);
    assert.notEqual((await run(secret, { PGPORT: "1" })).exitCode, 0);
  });
});
