import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa, execaSync } from "execa";
import { Client } from "pg";
import { freePort } from "../../sandbox/freePort";

/** A PostgreSQL server on loopback, with the same roles as one of the Bitnami chart. */
export interface PostgresqlServer {
  port: number;
  superuserPassword: string;
  /** Runs SQL as the superuser. Returns the rows of the last statement, each as a list of values. */
  query(sql: string, database?: string): Promise<unknown[][]>;
  /** What the server has logged. */
  log(): string;
  stop(): Promise<void>;
}

/** Programs of the newest PostgreSQL that is installed as a Debian package; undefined if none is. */
export const postgresqlTools = findTools();

/**
 * Starts a PostgreSQL server with a role and a database, as the Bitnami image creates them on its first start: the
 * superuser owns the database, the role its public schema.
 *
 * @param settings Settings of the server, such as `log_statement=all`.
 */
export async function startPostgresql(
  user: string,
  password: string,
  database: string,
  settings: string[] = [],
): Promise<PostgresqlServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-postgresql-"));
  const data = path.join(folder, "data");
  const logFile = path.join(folder, "log");
  const port = await freePort();
  const superuserPassword = `superuser of ${port}`;
  const passwordFile = path.join(folder, "password");
  fs.writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
  const account = serverAccount();
  if (account) {
    [folder, passwordFile].forEach((name) => fs.chownSync(name, account.uid, account.gid));
  }
  const run = (tool: string, args: string[]) =>
    // The server inherits the streams of pg_ctl, and execa would wait until an open pipe is closed.
    execa(path.join(postgresqlTools!, tool), args, { ...account, cwd: folder, stdio: "ignore" });

  const query = async (sql: string, name = "postgres") => {
    const superuser = { user: "postgres", password: superuserPassword };
    const client = new Client({ host: "127.0.0.1", port, database: name, ...superuser });
    await client.connect();
    const results = [await client.query({ text: sql, rowMode: "array" }).finally(() => client.end())].flat();
    return results[results.length - 1].rows as unknown[][];
  };
  const stop = async () => {
    await run("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", data]);
    fs.rmSync(folder, { recursive: true });
  };

  const authentication = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--username=postgres"];
  // A collation of ICU has a version, unlike C.UTF-8.
  const collation = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"];
  await run("initdb", ["-D", data, "--no-sync", ...collation, ...authentication]);
  const allSettings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", ...settings];
  const options = [`-p ${port}`, ...allSettings.map((setting) => `-c ${setting}`)].join(" ");
  await run("pg_ctl", ["start", "-w", "-D", data, "-o", options, "-l", logFile]);
  try {
    await query(`CREATE ROLE "${user}" WITH LOGIN CREATEDB PASSWORD '${password.replaceAll("'", "''")}'`);
    await query(`CREATE DATABASE "${database}"`);
    await query(`GRANT ALL PRIVILEGES ON DATABASE "${database}" TO "${user}"`);
    await query(`ALTER SCHEMA public OWNER TO "${user}"`, database);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, superuserPassword, query, log: () => fs.readFileSync(logFile, "utf8"), stop };
}

/** PostgreSQL refuses to run as root. Then it runs as the user that Debian's package creates. */
export function serverAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execaSync("id", [flag, "postgres"]).stdout));
  return { uid, gid };
}

function findTools(): string | undefined {
  const folder = "/usr/lib/postgresql";
  const versions = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const programs = ["initdb", "pg_ctl", "pg_dump", "pg_restore", "psql"];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(folder, version, "bin"))
    .find((bin) => programs.every((program) => fs.existsSync(path.join(bin, program))));
}
