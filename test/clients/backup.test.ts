import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { V1Container } from "@kubernetes/client-node";
import { execa } from "execa";
import { projectFolder } from "../../tools/lib/paths";
import {
  BackupObjects,
  backupObjects,
  BackupPod,
  connectAs,
  containersOf,
  queryAs,
  startDatabase,
} from "../helpers/backupPod";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer, postgresqlTools } from "../helpers/postgresqlServer";

const documentation = fs.readFileSync(path.join(projectFolder, "docs/backups.md"), "utf8");

describeWith("postgresql", "a backup of PostgreSQL by production's CronJob", function () {
  this.timeout(60_000);
  let objects: BackupObjects;
  let dump: V1Container;
  let restore: V1Container;
  let source: PostgresqlServer;
  let pod: BackupPod;

  before("start a PostgreSQL with data", async () => {
    objects = await backupObjects();
    [dump] = containersOf(objects.backup);
    [restore] = containersOf(objects.restore);
    source = await startDatabase(objects);
    await fill(source);
  });

  after(() => source?.stop());

  beforeEach(() => {
    pod = new BackupPod();
  });

  afterEach(() => pod.remove());

  /** Makes a backup, and returns the log. */
  const backUp = async () => {
    const { exitCode, stdout, stderr } = await pod.run(dump, source);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    return stdout;
  };

  /** Restores the only dump with the command of the documentation. */
  const restoreTo = (server: PostgresqlServer) => {
    const [name] = pod.dumps();
    const command = documentedRestore().replace(/flaskdb-\S*\.dump/, name);
    return pod.run(restore, server, { command: ["sh", "-c", command] });
  };

  /** The newest dump, as SQL. Of two within a second, only the second one is there. */
  const dumpedText = async () => {
    const newest = pod.dumps().at(-1)!;
    const pgRestore = path.join(postgresqlTools!, "pg_restore");
    return (await execa(pgRestore, ["-f", "-", path.join(pod.backups, newest)])).stdout;
  };

  /** Everything in the database, as SQL. */
  const contentOf = async (server: PostgresqlServer) => {
    const { stdout, exitCode, stderr } = await pod.run(restore, server, { command: ["pg_dump", "--create"] });
    assert.equal(exitCode, 0, stderr);
    // These lines hold a random key.
    return stdout.replace(/^\\(un)?restrict .*$/gm, "");
  };

  it("restores all data into a new PostgreSQL, which keeps its own password", async () => {
    await backUp();
    const content = await contentOf(source);
    const target = await startDatabase(objects);
    try {
      const { exitCode, stderr } = await restoreTo(target);
      assert.deepEqual([exitCode, stderr], [0, ""]);
      assert.match(content, /naïve 🔑/);
      assert.equal(await contentOf(target), content);
      const inserted = await queryAs(
        target,
        "flaskuser",
        "INSERT INTO prediction (label) VALUES ('after') RETURNING id",
      );
      assert.deepEqual(inserted, [{ id: "1001" }]);
      await queryAs(target, "flaskuser", "CREATE TABLE later (id int)");
    } finally {
      await target.stop();
    }
  });

  it("undoes everything that was added or deleted since, and the next backup needs nothing else", async () => {
    await backUp();
    const before = await contentOf(source);
    await queryAs(source, "flaskuser", "DELETE FROM prediction; CREATE TABLE mistake AS SELECT 1");
    assert.notEqual(await contentOf(source), before);
    const { exitCode, stderr } = await restoreTo(source);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal(await contentOf(source), before);
    await backUp();
  });

  it("is not restored while the app is connected, and nothing is lost", async () => {
    await backUp();
    const before = await contentOf(source);
    const app = await connectAs(source, "flaskuser");
    const { exitCode, stderr } = await restoreTo(source).finally(() => app.end());
    assert.equal(exitCode, 1);
    assert.match(stderr, /is being accessed by other users/);
    assert.equal(await contentOf(source), before);
  });

  it("contains large objects, also those that were created since the last one", async () => {
    await backUp();
    await queryAs(source, "flaskuser", "SELECT lo_from_bytea(0, 'a newer large object')");
    await backUp();
    const sql = await dumpedText();
    for (const text of ["a large object", "a newer large object"]) {
      assert.ok(sql.includes(Buffer.from(text).toString("hex")), text);
    }
  });

  it("fails, and says what to read, if it cannot read the large objects", async () => {
    const rename = (from: string, to: string) => source.query(`ALTER SCHEMA ${from} RENAME TO ${to}`, "flaskdb");
    await rename("flask_app_backup", "elsewhere");
    try {
      const { exitCode, stderr } = await pod.run(dump, source);
      assert.equal(exitCode, 3);
      assert.match(stderr, /cannot read the large objects.*docs\/backups\.md.*"Large objects"/s);
      assert.ok(documentation.includes("## Large objects"));
    } finally {
      await rename("elsewhere", "flask_app_backup");
    }
  });

  it("contains rows that row-level security hides from everyone but their owners", async () => {
    await backUp();
    assert.match(await dumpedText(), /row of tenant 7/);
  });

  it("deletes only dumps that are older than keepDays", async () => {
    age("flaskdb-2030-01-01T02-00-00Z.dump", 14.1);
    age("flaskdb-2030-01-02T02-00-00Z.dump", 13.9);
    age("of-somebody-else.dump", 99);
    await backUp();
    const [fresh, ...others] = pod.dumps();
    assert.match(
      fresh,
      new RegExp(`^flaskdb-${new Date().getUTCFullYear()}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ\\.dump$`),
    );
    assert.deepEqual(others, ["flaskdb-2030-01-02T02-00-00Z.dump", "of-somebody-else.dump"]);
  });

  it("deletes what killed pods left, but not what another one is writing", async () => {
    age("flaskdb-2030-01-03T02-00-00Z.dump.partial", 1);
    age("flaskdb-2030-01-04T02-00-00Z.dump.partial", 0);
    await backUp();
    const partial = fs.readdirSync(pod.backups).filter((name) => name.endsWith(".partial"));
    assert.deepEqual(partial, ["flaskdb-2030-01-04T02-00-00Z.dump.partial"]);
  });

  for (const [failure, server] of [
    ["the server does not answer", () => ({ ...source, port: 1 })],
    ["the password is wrong", () => source],
  ] as const) {
    it(`fails if ${failure}, deletes no old dump and leaves no incomplete one`, async () => {
      age("flaskdb-2030-01-01T02-00-00Z.dump", 99);
      const { exitCode, stderr } = await pod.run(dump, server(), { env: { PGPASSWORD: "wrong" } });
      assert.notEqual(exitCode, 0);
      assert.match(stderr, /connection to server/);
      assert.deepEqual(fs.readdirSync(pod.backups), ["flaskdb-2030-01-01T02-00-00Z.dump"]);
    });
  }

  for (const [damage, command] of [
    ["is cut off", 'truncate --size=-100 "$file"'],
    ["has a wrong byte", 'printf X | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 60)) conv=notrunc status=none'],
  ]) {
    it(`does not count a dump whose file ${damage}`, async () => {
      age("flaskdb-2030-01-01T02-00-00Z.dump", 99);
      const programs = path.join(pod.backups, "programs");
      fs.mkdirSync(programs);
      const damaging = `#!/bin/sh\n${postgresqlTools}/pg_dump "$@"\nfile=$(echo *.partial)\n${command}\n`;
      fs.writeFileSync(path.join(programs, "pg_dump"), damaging, { mode: 0o755 });
      const PATH = `${programs}:${postgresqlTools}:${process.env.PATH}`;
      const { exitCode, stderr } = await pod.run(dump, source, { env: { PATH } });
      assert.equal(exitCode, 1);
      assert.match(stderr, /pg_restore: error/);
      assert.deepEqual(fs.readdirSync(pod.backups).sort(), ["flaskdb-2030-01-01T02-00-00Z.dump", "programs"]);
    });
  }

  it("logs the size of the dump and how long it took", async () => {
    const log = await backUp();
    const [name] = pod.dumps();
    const { size } = fs.statSync(path.join(pod.backups, name));
    assert.match(log, /^dumped flaskdb in \d+ s$/m);
    assert.match(log, new RegExp(`^verified ${name}: ${size} bytes in \\d+ s$`, "m"));
  });

  it("contains no password", async () => {
    await backUp();
    assert.doesNotMatch(await dumpedText(), /SCRAM-SHA-256|PASSWORD/);
  });

  it("has the names, the schedule and the lifetime that the documentation says", () => {
    const { schedule, timeZone, jobTemplate } = objects.backup.spec!;
    const [{ persistentVolumeClaim }] = jobTemplate.spec!.template.spec!.volumes!;
    const named = [...documentation.matchAll(/(?:cronjob[ /]|cronjob=")([\w-]+)/g)].map(([, name]) => name);
    const names = [objects.backup, objects.restore].map(({ metadata }) => metadata!.name);
    assert.deepEqual([...new Set(named)].sort(), names.sort());
    assert.ok(documentation.includes(`\`${persistentVolumeClaim!.claimName}\``));
    assert.deepEqual([schedule, timeZone], ["0 2 * * *", "Etc/UTC"]);
    assert.match(documentation, /every night at 02:00 UTC\b.* deleted after 14 days/s);
    assert.equal(dump.env!.find(({ name }) => name === "KEEP_DAYS")?.value, "14");
  });

  describe("the role that makes it", () => {
    for (const [attempt, sql] of [
      ["change a row", "UPDATE model SET settings = NULL"],
      ["delete rows", "TRUNCATE prediction"],
      ["create a table", "CREATE TABLE public.loot (id int)"],
      ["drop a table", "DROP TABLE model"],
      ["change a large object", "SELECT lo_put(oid, 0, 'x') FROM pg_largeobject_metadata"],
      ["delete a large object", "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"],
      ["become the app's user", "SET ROLE flaskuser"],
      ["become the superuser", "SET SESSION AUTHORIZATION postgres"],
      ["create a role", "CREATE ROLE intruder LOGIN"],
      ["give itself more rights", "ALTER ROLE flaskuser_backup SUPERUSER"],
      ["read a file of the server", "SELECT pg_read_file('/etc/passwd')"],
      ["run a program on the server", "COPY model TO PROGRAM 'cat'"],
      ["replace the function that the backup calls", "DROP FUNCTION flask_app_backup.grant_large_objects()"],
    ]) {
      // As code of a hostile owner would run it, if pg_dump were tricked into running some (as in CVE-2024-7348).
      it(`cannot ${attempt}, not even in a transaction that may write`, async () => {
        await backUp();
        await assert.rejects(
          queryAs(source, "flaskuser_backup", `SET default_transaction_read_only = off; ${sql}`),
          /permission denied|must be (owner|superuser)|cannot (set|execute)/,
        );
      });
    }

    it("starts transactions that cannot write", async () => {
      const [row] = await queryAs(source, "flaskuser_backup", "SHOW transaction_read_only");
      assert.deepEqual(row, { transaction_read_only: "on" });
    });

    it("does not run code that the owner of the database puts in the place of that function", async () => {
      await source.query("DROP SCHEMA flask_app_backup CASCADE", "flaskdb");
      await queryAs(
        source,
        "flaskuser",
        `CREATE SCHEMA flask_app_backup; GRANT ALL ON SCHEMA flask_app_backup TO PUBLIC;
        CREATE TABLE loot (who text); GRANT ALL ON loot TO PUBLIC;
        CREATE FUNCTION flask_app_backup.grant_large_objects() RETURNS void LANGUAGE sql
          AS 'INSERT INTO public.loot SELECT current_user'`,
      );
      const { exitCode, stderr } = await pod.run(dump, source);
      assert.equal(exitCode, 3);
      assert.match(stderr, /cannot read the large objects/);
      assert.deepEqual(await queryAs(source, "flaskuser", "SELECT * FROM loot"), []);
    });
  });

  /** Writes a file with a modification time some days ago. */
  function age(name: string, days: number): void {
    const time = Date.now() / 1000 - days * 24 * 3600;
    fs.writeFileSync(path.join(pod.backups, name), "");
    fs.utimesSync(path.join(pod.backups, name), time, time);
  }
});

/** The command in docs/backups.md that restores a dump, as the shell in the pod gets it. */
function documentedRestore(): string {
  return /kubectl exec job\/restore -- sh -c '(pg_restore [^']*)'/.exec(documentation)![1];
}

/** Fills the database with objects and data of many kinds. */
async function fill(server: PostgresqlServer): Promise<void> {
  await server.query("CREATE EXTENSION pg_trgm; ALTER DATABASE flaskdb SET timezone TO 'Asia/Kathmandu'", "flaskdb");
  await queryAs(
    server,
    "flaskuser",
    `
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
      CREATE FUNCTION hostile() RETURNS boolean LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'run as %', current_user; END $$;
      CREATE TABLE tenant (id int, secret text);
      ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
      INSERT INTO tenant VALUES (7, 'row of tenant 7');
      CREATE POLICY own ON tenant USING (hostile());
      ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
      SELECT lo_from_bytea(0, 'a large object');
      INSERT INTO model VALUES ('naïve 🔑', '\\x00ff5c', '{"depth": [1, 2], "quote": "\\"'' \\\\n"}');
      INSERT INTO prediction (model, label) SELECT 'naïve 🔑', E'tab\\tline\\n' || n FROM generate_series(1, 1000) AS n;
    `,
  );
}
