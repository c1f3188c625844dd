import * as assert from "assert/strict";
import * as net from "net";
import { setTimeout as sleep } from "timers/promises";
import { V1Job } from "@kubernetes/client-node";
import { execa } from "execa";
import { Client } from "pg";
import { freePort } from "../../sandbox/freePort";
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

describeWith("postgresql", "the Job that sets a rotated password, on a real PostgreSQL", function () {
  this.timeout(60_000);
  const user = "flaskuser";
  let server: PostgresqlServer;
  let job: V1Job;

  before("start a server that logs every statement, and read the Job", async () => {
    server = await startPostgresql(user, "first", "flaskdb", ["log_statement=all", "log_min_duration_statement=0"]);
    job = find(await runStack("production"), "Job flask-prod-postgresql-password").inputs;
  });

  after(() => server?.stop());

  /** Runs the Job's command like the kubelet: without a terminal, and with the values of its Secret. */
  function runJob(password: string, changes: Record<string, string> = {}) {
    const secret: Record<string, string> = { password, "postgres-password": server.superuserPassword };
    const [container] = job.spec!.template.spec!.containers;
    const [file, ...args] = container.command!;
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

  async function setPassword(password: string): Promise<void> {
    const { exitCode, all } = await runJob(password);
    assert.equal(exitCode, 0, all);
    assert.ok(!all.includes(password), "the Job's log holds the password");
  }

  async function logIn(password: string): Promise<void> {
    const client = new Client({ host: "127.0.0.1", port: server.port, user, password, database: "flaskdb" });
    await client.connect();
    await client.end();
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

  for (const [problem, changes, message] of [
    [
      "the superuser's password is wrong",
      { PGPASSWORD: "wrong" },
      /password authentication failed for user "postgres"/,
    ],
    ["the role does not exist", { ROLE: "nobody" }, /role "nobody" does not exist/],
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
