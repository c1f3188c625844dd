import * as assert from "assert/strict";
import { execa } from "execa";
import { Client } from "pg";
import { postgresqlUrl } from "../../components/connectionUrl";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer, postgresqlTools, startPostgresql } from "../helpers/postgresqlServer";
import { yamlBlocks } from "../helpers/yamlBlocks";

interface Job {
  spec: { template: { spec: { containers: { command: string[] }[] } } };
}

describeWith("postgresql", "the Job that moves a database to an external server", function () {
  this.timeout(60_000);
  let servers: PostgresqlServer[];
  const urlOf = (server: PostgresqlServer, username: string, password: string, database: string) =>
    postgresqlUrl({ username, password, host: "127.0.0.1", port: server.port, database });
  const move = (source: string, target: string) => {
    const job = yamlBlocks("docs/external-databases.md").find(({ kind }) => kind === "Job") as unknown as Job;
    const [bash, ...args] = job.spec.template.spec.containers[0].command;
    const env = { SOURCE: source, TARGET: target, PATH: `${postgresqlTools}:${process.env.PATH}` };
    return execa(bash, args, { env, reject: false, all: true });
  };
  const query = async (url: string, sql: string) => {
    const client = new Client(url);
    await client.connect();
    return client.query<Record<string, unknown>>(sql).finally(() => client.end());
  };

  before("start the old and the new server", async () => {
    servers = await Promise.all([
      startPostgresql("flaskuser", "old p@ss", "flaskdb"),
      startPostgresql("app", "new/p@ss", "app"),
    ]);
  });

  after(() => Promise.all((servers ?? []).map((server) => server.stop())));

  it("copies tables, rows and sequences, which the new user then owns", async () => {
    const source = urlOf(servers[0], "flaskuser", "old p@ss", "flaskdb");
    const target = urlOf(servers[1], "app", "new/p@ss", "app");
    await query(
      source,
      "CREATE TABLE orders (id serial PRIMARY KEY, item text); INSERT INTO orders (item) VALUES ('a'), ('b')",
    );
    const { exitCode, all } = await move(source, target);
    assert.equal(exitCode, 0, all);
    const { rows } = await query(
      target,
      "INSERT INTO orders (item) VALUES ('c') RETURNING id, (SELECT count(*) FROM orders)",
    );
    assert.deepEqual(rows, [{ id: 3, count: "2" }]);
    const { rows: owners } = await query(target, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'");
    assert.deepEqual(owners, [{ tableowner: "app" }]);
  });

  it("fails as a whole, and says why, if it cannot read the old server or the new one has the tables already", async () => {
    const source = urlOf(servers[0], "flaskuser", "old p@ss", "flaskdb");
    const target = urlOf(servers[1], "app", "new/p@ss", "app");
    const again = await move(source, target);
    assert.notEqual(again.exitCode, 0);
    assert.match(again.all, /relation "orders" already exists/);
    const { rows } = await query(target, "SELECT count(*) FROM orders");
    assert.deepEqual(rows, [{ count: "3" }]);
    const unread = await move(source.replace("old", "wrong"), target);
    assert.notEqual(unread.exitCode, 0);
    assert.match(unread.all, /password authentication failed for user "flaskuser"/);
  });
});
