import * as assert from "assert/strict";
import * as net from "net";
import { setTimeout as sleep } from "timers/promises";
import { V1Job } from "@kubernetes/client-node";
import { execa } from "execa";
import { Client } from "pg";
import { setupScript } from "../../components/postgresqlSetupScript";
import { freePort } from "../../sandbox/freePort";
import { withSingleDollars } from "../helpers/container";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer, postgresqlTools, startPostgresql } from "../helpers/postgresqlServer";
import { find, runStack } from "../helpers/program";

const passwords = [
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

describeWith("postgresql", "the Job that creates the app's role and its database, on a real PostgreSQL", function () {
  this.timeout(60_000);
  const user = "flaskuser";
  const backupPassword = "of-the-backups";
  let server: PostgresqlServer;
  let job: V1Job;

  before("start a server that logs every statement, and read the Job", async () => {
    server = await startPostgresql(user, "first", "flaskdb", ["log_statement=all", "log_min_duration_statement=0"]);
    job = find(await runStack("production"), "Job flask-prod-postgresql-password").inputs;
  });

  after(() => server?.stop());

  /** Runs the Job's command like the kubelet: without a terminal, and with the values of its Secret. */
  function runJob(password: string, changes: Record<string, string> = {}, script?: string) {
    const secret: Record<string, string> = {
      password,
      "postgres-password": server.superuserPassword,
      "backup-password": backupPassword,
    };
    const [container] = job.spec!.template.spec!.containers;
    const [file, option, ownScript] = container.command!;
    const args = [option, withSingleDollars(script ?? ownScript)];
    const env = container.env!.map(({ name, value, valueFrom }) => [
      name,
      value ?? secret[valueFrom?.secretKeyRef?.key ?? ""],
    ]);
    return execa(file, args, {
      env: {
        PATH: `${postgresqlTools}:${process.env.PATH}`,
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

  async function setPassword(password: string, changes: Record<string, string> = {}): Promise<void> {
    const { exitCode, all } = await runJob(password, changes);
    assert.equal(exitCode, 0, all);
    for (const secret of [password, backupPassword, server.superuserPassword]) {
      assert.ok(!all.includes(secret), "the Job's log holds a password");
    }
  }

  /** Logs in, and runs SQL. Returns the rows of the last statement. */
  async function logIn(password: string, { role = user, database = "flaskdb", sql = "SELECT 1" } = {}) {
    const client = new Client({ host: "127.0.0.1", port: server.port, user: role, password, database });
    await client.connect();
    const results = [await client.query({ text: sql, rowMode: "array" }).finally(() => client.end())].flat();
    return results[results.length - 1].rows as unknown[][];
  }

  for (const password of passwords) {
    it(`sets ${JSON.stringify(password.slice(0, 40))}, and the server refuses the old password`, async () => {
      await setPassword("before");
      await logIn("before");
      await setPassword(password);
      // A Job may run twice.
      await setPassword(password);
      await logIn(password);
      await assert.rejects(logIn("before"), /authentication failed/);
    });
  }

  it("waits for a server that it cannot reach at first, as when a network policy does not admit it yet", async () => {
    const port = await freePort();
    const running = runJob("admitted later", { PGPORT: String(port) });
    await sleep(1500);
    const relay = net.createServer((socket) => {
      const connection = net.connect(server.port, "127.0.0.1");
      socket.pipe(connection).pipe(socket);
      // Either end may be gone first.
      [socket, connection].forEach((end) => end.on("error", () => undefined));
    });
    relay.listen(port, "127.0.0.1");
    try {
      const { exitCode, all } = await running;
      assert.equal(exitCode, 0, all);
    } finally {
      relay.close();
    }
    await logIn("admitted later");
  });

  it("leaves no password in the log of a server that logs every statement", async () => {
    const password = "seen-in-no-log-4711";
    await setPassword(password);
    assert.match(server.log(), /ALTER (USER|ROLE) flaskuser PASSWORD 'SCRAM-SHA-256\$/);
    assert.ok(!server.log().includes(password), "the server's log holds the password");
  });

  describe("creates what is missing", () => {
    const names = { ROLE: "ann", DATABASE: "orders", BACKUP_ROLE: "ann_backup" };
    const as = (role: string, sql: string) => logIn("ann's", { role, database: "orders", sql });

    before(() => setPassword("ann's", names));

    it("a role that is no superuser and owns its database", async () => {
      assert.deepEqual(await as("ann", attributes("ann")), [["ann", true, false, false, false, false]]);
      assert.deepEqual(await as("ann", owner), [["ann"]]);
      await as("ann", "CREATE TABLE parcels (id int); INSERT INTO parcels VALUES (1); CREATE SCHEMA archive");
    });

    it("and changes nothing when it runs again", async () => {
      const roles = "SELECT oid, rolname, rolconfig, roles.* FROM pg_roles roles ORDER BY rolname";
      const databases = "SELECT oid, datname, datdba, datacl FROM pg_database ORDER BY datname";
      const schemas = "SELECT nspname, nspowner, nspacl FROM pg_namespace ORDER BY nspname";
      const state = async () => [
        await server.query(roles),
        await server.query(databases),
        await server.query(schemas, "orders"),
      ];
      const before = await state();
      await setPassword("ann's", names);
      assert.deepEqual(await state(), before);
      assert.deepEqual(await as("ann", "SELECT id FROM parcels"), [[1]]);
    });

    it("a database that no other role may use", async () => {
      await server.query("CREATE ROLE guest LOGIN PASSWORD 'guest'");
      await assert.rejects(logIn("guest", { role: "guest", database: "orders" }), /permission denied for database/);
      await server.query("GRANT CONNECT ON DATABASE orders TO guest");
      const create = { role: "guest", database: "orders", sql: "CREATE TABLE intruder (id int)" };
      await assert.rejects(logIn("guest", create), /permission denied for schema public/);
    });

    it("a role for backups that reads everything, despite row-level security, and writes nothing", async () => {
      await as("ann", "ALTER TABLE parcels ENABLE ROW LEVEL SECURITY; ALTER TABLE parcels FORCE ROW LEVEL SECURITY");
      const backup = (sql: string) => logIn(backupPassword, { role: "ann_backup", database: "orders", sql });
      assert.deepEqual(await backup(attributes("ann_backup")), [["ann_backup", true, false, false, false, true]]);
      assert.deepEqual(await backup("SELECT id FROM parcels"), [[1]]);
      await assert.rejects(backup("DELETE FROM parcels"), /read-only transaction/);
      const write = "BEGIN READ WRITE; DELETE FROM parcels";
      await assert.rejects(backup(write), /permission denied for table parcels/);
      await as("ann", "ALTER TABLE parcels NO FORCE ROW LEVEL SECURITY");
    });

    it("no login for that role when the config no longer has backups, until it has them again", async () => {
      const login = { role: "ann_backup", database: "orders" };
      const { exitCode, all } = await runJob("ann's", names, setupScript(false));
      assert.equal(exitCode, 0, all);
      await assert.rejects(logIn(backupPassword, login), /not permitted to log in/);
      await setPassword("ann's", names);
      await logIn(backupPassword, login);
    });

    it("another database, for another name in the config, and leaves the first", async () => {
      await setPassword("ann's", { ...names, DATABASE: "invoices" });
      assert.deepEqual(await logIn("ann's", { role: "ann", database: "invoices", sql: owner }), [["ann"]]);
      assert.deepEqual(await as("ann", "SELECT id FROM parcels"), [[1]]);
    });

    it("a user by another name, which gets the database and what the former one owns in it", async () => {
      await setPassword("bob's", { ...names, ROLE: "bob", BACKUP_ROLE: "bob_backup" });
      const bob = (sql: string) => logIn("bob's", { role: "bob", database: "orders", sql });
      assert.deepEqual(await bob(owner), [["bob"]]);
      await bob("ALTER TABLE parcels ADD COLUMN weight int; DROP SCHEMA archive; CREATE TABLE more (id int)");
      await assert.rejects(as("ann", "SELECT 1"), /permission denied for database/);
      // And back again.
      await setPassword("ann's", names);
      assert.deepEqual(await as("ann", "SELECT id, weight FROM parcels"), [[1, null]]);
      await as("ann", "DROP TABLE more");
    });
  });

  it("calls no function of the app's role with the superuser's rights", async () => {
    const names = { ROLE: "mallory", DATABASE: "traps", BACKUP_ROLE: "mallory_backup" };
    await setPassword("mallory's", names);
    const trap = (types: string) =>
      `CREATE FUNCTION public.format(${types}) RETURNS text LANGUAGE plpgsql AS
       $$ BEGIN ALTER ROLE mallory SUPERUSER; RETURN 'SELECT 1'; END $$;`;
    const sql = ["text, text", "text, name", "text, name, text", "text, text, name"].map(trap).join("\n");
    await logIn("mallory's", { role: "mallory", database: "traps", sql });
    // The two cases in which the Job calls `format` in the database: another user, and a role that is missing.
    await setPassword("trent's", { ...names, ROLE: "trent", BACKUP_ROLE: "trent_backup" });
    const superusers = "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname = 'mallory'";
    assert.deepEqual(await server.query(superusers), []);
  });

  it("takes from a role what the app does not need, and gives it a database that the superuser owns", async () => {
    await server.query("CREATE ROLE eve LOGIN SUPERUSER CREATEDB CREATEROLE; CREATE ROLE frank; CREATE ROLE other");
    await server.query("CREATE DATABASE shared");
    await server.query("GRANT ALL ON SCHEMA public TO PUBLIC; ALTER SCHEMA public OWNER TO frank", "shared");
    await server.query("SET ROLE frank; CREATE TABLE public.old (id int)", "shared");
    await setPassword("eve's", { ROLE: "eve", DATABASE: "shared" });
    const eve = (sql: string) => logIn("eve's", { role: "eve", database: "shared", sql });
    assert.deepEqual(await eve(attributes("eve")), [["eve", true, false, false, false, false]]);
    assert.deepEqual(await eve(owner), [["eve"]]);
    await eve("DROP TABLE old; CREATE TABLE new (id int)");
    const grants = "SELECT has_schema_privilege('other', 'public', 'CREATE')";
    assert.deepEqual(await eve(grants), [[false]]);
  });

  it("does not run functions that the owner of the database puts in front of PostgreSQL's own", async () => {
    await setPassword("before");
    const hostile = `
      CREATE SCHEMA hostile;
      GRANT USAGE ON SCHEMA hostile TO PUBLIC;
      CREATE FUNCTION hostile.format(text, name, text) RETURNS text LANGUAGE sql
        AS $$ SELECT 'ALTER ROLE flaskuser SUPERUSER' $$;
      CREATE VIEW hostile.pg_roles AS SELECT datdba AS oid, name 'somebody' AS rolname, false AS rolsuper
        FROM pg_database WHERE datname = 'flaskdb';
      GRANT SELECT ON hostile.pg_roles TO PUBLIC;
      ALTER DATABASE flaskdb SET search_path = hostile, pg_catalog`;
    await logIn("before", { sql: hostile });
    await setPassword("after");
    assert.deepEqual(
      await logIn("after", { sql: "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'flaskuser'" }),
      [[false]],
    );
    await logIn("after", { sql: "ALTER DATABASE flaskdb RESET search_path; DROP SCHEMA hostile CASCADE" });
  });

  it("clears the way for new databases after a change of the C library", async () => {
    const stale = "UPDATE pg_database SET datcollversion = '0.0' WHERE datname IN ('template1', 'postgres', 'flaskdb')";
    await server.query(stale);
    await assert.rejects(server.query("CREATE DATABASE blocked"), /template database .* collation version mismatch/);
    await setPassword("later", { DATABASE: "unblocked" });
    const mismatched =
      "SELECT datname FROM pg_database WHERE datcollversion <> pg_database_collation_actual_version(oid)";
    // The indexes of the app's own database have to be built again first.
    assert.deepEqual(await server.query(mismatched), [["flaskdb"]]);
  });

  for (const [problem, changes, message] of [
    [
      "the superuser's password is wrong",
      { PGPASSWORD: "wrong" },
      /password authentication failed for user "postgres"/,
    ],
    ["the server does not answer", { PGPORT: "1" }, /connection to server/],
  ] as const) {
    it(`fails and changes nothing if ${problem}`, async () => {
      await setPassword("kept");
      const { exitCode, all } = await runJob("never", changes);
      assert.notEqual(exitCode, 0);
      assert.match(all, message);
      await logIn("kept");
    });
  }
});

/** SQL: a role's name, and whether it may log in, is a superuser, creates databases or roles, or bypasses row-level security. */
function attributes(role: string): string {
  return `SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = '${role}'`;
}

/** SQL: the owner of the database. */
const owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()";
