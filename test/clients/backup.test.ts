import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { V1Container, V1CronJob } from "@kubernetes/client-node";
import { execa } from "execa";
import { Client } from "pg";
import { projectFolder } from "../../tools/lib/paths";
import { waitForServer } from "../../components/waitForServer";
import { describeWith } from "../helpers/describeWith";
import { render } from "../helpers/helm";
import { PostgresqlServer, postgresqlTools, startPostgresql } from "../helpers/postgresqlServer";
import { deployedStacks } from "../helpers/stackValues";

const documentation = fs.readFileSync(path.join(projectFolder, "docs/backups.md"), "utf8");

describeWith("postgresql", "a backup of PostgreSQL by production's CronJob", function () {
  this.timeout(60_000);
  let cronJob: V1CronJob;
  /** The only container of its pod. */
  let container: V1Container;
  let folder: string;
  let source: PostgresqlServer;

  before("render the CronJob, and start a PostgreSQL with data", async () => {
    const { postgresql, namespace } = (await deployedStacks()).find(({ name }) => name === "production")!;
    const chart = path.join(projectFolder, "sandbox/charts/postgresql");
    const manifests = await render(postgresql.values, { chart, release: postgresql.name, namespace });
    cronJob = manifests.one("CronJob");
    [container] = cronJob.spec!.jobTemplate.spec!.template.spec!.containers;
    source = await startPostgresql("flaskuser", "old password", "flaskdb");
    await fill(source, "old password");
  });

  after(() => source?.stop());

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-backups-"));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** Runs a command with the environment of the pod, but for a server of this test. */
  const runInPod = ([program, ...args]: string[], server: PostgresqlServer) => {
    const here: Record<string, string> = {
      PGPASSWORD: server.superuserPassword,
      PGHOST: "127.0.0.1",
      PGPORT: String(server.port),
      PGDUMP_DIR: folder,
    };
    const env = Object.fromEntries(container.env!.map(({ name, value }) => [name, here[name] ?? value]));
    const PATH = `${postgresqlTools}:${process.env.PATH}`;
    return execa(program, args, { env: { ...env, PATH }, extendEnv: false, reject: false });
  };

  const backUp = async () => {
    const { exitCode, stderr } = await runInPod(container.command!, source);
    assert.deepEqual([exitCode, stderr], [0, ""]);
  };

  /** Restores the only dump with the command of the documentation. */
  const restoreTo = (server: PostgresqlServer) => {
    const [dump] = fs.readdirSync(folder);
    return runInPod(["sh", "-c", documentedRestore().replace(/flaskdb-\S*\.dump/, dump)], server);
  };

  /** Everything in the database, as SQL. */
  const contentOf = async (server: PostgresqlServer) => {
    const { stdout, exitCode, stderr } = await runInPod(["pg_dump", "--create", "flaskdb"], server);
    assert.equal(exitCode, 0, stderr);
    // These lines hold a random key.
    return stdout.replace(/^\\(un)?restrict .*$/gm, "");
  };

  it("restores all data into a new PostgreSQL, which keeps its own password", async () => {
    await backUp();
    const target = await startPostgresql("flaskuser", "new password", "flaskdb");
    try {
      const { exitCode, stderr } = await restoreTo(target);
      assert.deepEqual([exitCode, stderr], [0, ""]);

      const content = await contentOf(source);
      assert.match(content, /naïve 🔑/);
      assert.equal(await contentOf(target), content);
      await asApp(target, "new password", async (app) => {
        const inserted = await app.query("INSERT INTO prediction (label) VALUES ('after') RETURNING id");
        assert.deepEqual(inserted.rows, [{ id: "1001" }]);
        await app.query("CREATE TABLE later (id int)");
      });
      await assert.rejects(
        asApp(target, "old password", () => Promise.resolve()),
        /password authentication failed/,
      );
    } finally {
      await target.stop();
    }
  });

  it("undoes everything that was added or deleted since", async () => {
    const before = await contentOf(source);
    await backUp();
    await asApp(source, "old password", async (app) => {
      await app.query("DELETE FROM prediction");
      await app.query("CREATE TABLE mistake AS SELECT 1");
    });
    assert.notEqual(await contentOf(source), before);
    const { exitCode, stderr } = await restoreTo(source);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal(await contentOf(source), before);
  });

  it("is not restored while the app is connected, and nothing is lost", async () => {
    await backUp();
    const before = await contentOf(source);
    await asApp(source, "old password", async () => {
      const { exitCode, stderr } = await restoreTo(source);
      assert.equal(exitCode, 1);
      assert.match(stderr, /is being accessed by other users/);
    });
    assert.equal(await contentOf(source), before);
  });

  it("deletes only dumps that are older than keepDays", async () => {
    age("flaskdb-2030-01-01T02-00-00Z.dump", 14.1);
    age("flaskdb-2030-01-02T02-00-00Z.dump", 13.9);
    age("of-somebody-else.dump", 99);
    age("flaskdb-2030-01-03T02-00-00Z.dump.partial", 1);
    await backUp();
    const [fresh, ...others] = fs.readdirSync(folder).sort();
    assert.match(
      fresh,
      new RegExp(`^flaskdb-${new Date().getUTCFullYear()}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ\\.dump$`),
    );
    assert.deepEqual(others, ["flaskdb-2030-01-02T02-00-00Z.dump", "of-somebody-else.dump"]);
  });

  for (const [failure, server] of [
    ["the server does not answer", () => ({ ...source, port: 1 })],
    ["the password is wrong", () => ({ ...source, superuserPassword: "wrong" })],
  ] as const) {
    it(`fails if ${failure}, deletes no old dump and leaves no incomplete one`, async () => {
      age("flaskdb-2030-01-01T02-00-00Z.dump", 99);
      const { exitCode, stderr } = await runInPod(container.command!, server());
      assert.equal(exitCode, 1);
      assert.match(stderr, /connection to server/);
      const whole = fs.readdirSync(folder).filter((name) => name.endsWith(".dump"));
      assert.deepEqual(whole, ["flaskdb-2030-01-01T02-00-00Z.dump"]);
    });
  }

  it("has the names, the schedule and the lifetime that the documentation says", () => {
    const { schedule, jobTemplate } = cronJob.spec!;
    const [{ persistentVolumeClaim }] = jobTemplate.spec!.template.spec!.volumes!;
    const named = [...documentation.matchAll(/(?:cronjob[ /]|cronjob=")([\w-]+)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(named)], [cronJob.metadata!.name]);
    assert.ok(documentation.includes(`\`${persistentVolumeClaim!.claimName}\``));
    assert.equal(schedule, "0 2 * * *");
    assert.match(documentation, /every night at 02:00\b.* deleted after 14 days/s);
    assert.match(container.command![2], /-mtime \+13 /);
    // Like the password Job, it waits until a network policy admits it.
    assert.ok(container.command![2].startsWith(waitForServer));
  });

  it("contains no password", async () => {
    await backUp();
    const [dump] = fs.readdirSync(folder);
    const { stdout } = await execa(path.join(postgresqlTools!, "pg_restore"), ["-f", "-", path.join(folder, dump)]);
    assert.doesNotMatch(stdout, /SCRAM-SHA-256|PASSWORD/);
  });

  /** Writes a file with a modification time some days ago. */
  function age(name: string, days: number): void {
    const time = Date.now() / 1000 - days * 24 * 3600;
    fs.writeFileSync(path.join(folder, name), "");
    fs.utimesSync(path.join(folder, name), time, time);
  }
});

/** The command in docs/backups.md that restores a dump, as the shell in the pod gets it. */
function documentedRestore(): string {
  return /kubectl exec job\/restore -- sh -c '(pg_restore [^']*)'/.exec(documentation)![1];
}

/** Runs a function with a connection of the app. */
async function asApp(server: PostgresqlServer, password: string, act: (app: Client) => Promise<void>): Promise<void> {
  const app = new Client({ host: "127.0.0.1", port: server.port, user: "flaskuser", password, database: "flaskdb" });
  await app.connect();
  await act(app).finally(() => app.end());
}

/** Fills the database with objects and data of many kinds. */
async function fill(server: PostgresqlServer, password: string): Promise<void> {
  await server.query("CREATE EXTENSION pg_trgm; ALTER DATABASE flaskdb SET timezone TO 'Asia/Kathmandu'", "flaskdb");
  await asApp(server, password, async (app) => {
    await app.query(`
      CREATE TABLE model (name text PRIMARY KEY, weights bytea, settings jsonb);
      CREATE TABLE prediction (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        model text REFERENCES model ON DELETE CASCADE,
        label text NOT NULL CHECK (label <> ''),
        made timestamptz DEFAULT now()
      );
      CREATE INDEX by_label ON prediction USING gin (label gin_trgm_ops);
      CREATE VIEW recent AS SELECT * FROM prediction WHERE made > now() - interval '1 day';
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.made = now(); RETURN NEW; END $$;
      CREATE TRIGGER touched BEFORE UPDATE ON prediction FOR EACH ROW EXECUTE FUNCTION touch();
      SELECT lo_from_bytea(0, 'a large object');
      INSERT INTO model VALUES ('naïve 🔑', '\\x00ff5c', '{"depth": [1, 2], "quote": "\\"'' \\\\n"}');
      INSERT INTO prediction (model, label) SELECT 'naïve 🔑', E'tab\\tline\\n' || n FROM generate_series(1, 1000) AS n;
    `);
  });
}
