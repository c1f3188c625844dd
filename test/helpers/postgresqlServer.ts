import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa, execaSync } from "execa";
import { Client } from "pg";
import { freePort } from "./databases";

/** A PostgreSQL that the Bitnami chart could have started, on loopback. */
export interface PostgresqlServer {
  port: number;
  superuserPassword: string;
  /** Runs SQL as the superuser. */
  query(sql: string, database?: string): Promise<void>;
  stop(): Promise<void>;
}

/** The newest PostgreSQL that Debian's packages have installed, with pg_dump and pg_restore of its version. */
export const postgresqlTools = findTools();

/**
 * Starts a PostgreSQL with the role and the database that the Bitnami image makes on its first start: the database is
 * the superuser's, its public schema the role's.
 */
export async function startServer(user: string, password: string, database: string): Promise<PostgresqlServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-postgresql-"));
  const data = path.join(folder, "data");
  const port = await freePort();
  const superuserPassword = `superuser of ${port}`;
  const passwordFile = path.join(folder, "password");
  fs.writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
  const account = serverAccount();
  if (account) {
    [folder, passwordFile].forEach((name) => fs.chownSync(name, account.uid, account.gid));
  }
  const run = (tool: string, args: string[]) =>
    // The server inherits what pg_ctl has: an open pipe would be waited for.
    execa(path.join(postgresqlTools!, tool), args, { ...account, cwd: folder, stdio: "ignore" });

  const query = async (sql: string, name = "postgres") => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      user: "postgres",
      password: superuserPassword,
      database: name,
    });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const stop = async () => {
    await run("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", data]);
    fs.rmSync(folder, { recursive: true });
  };

  const authentication = ["--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--username=postgres"];
  await run("initdb", ["-D", data, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", ...authentication]);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  await run("pg_ctl", ["start", "-w", "-D", data, "-o", options, "-l", path.join(folder, "log")]);
  try {
    await query(`CREATE ROLE "${user}" WITH LOGIN CREATEDB PASSWORD '${password}'`);
    await query(`CREATE DATABASE "${database}"`);
    await query(`GRANT ALL PRIVILEGES ON DATABASE "${database}" TO "${user}"`);
    await query(`ALTER SCHEMA public OWNER TO "${user}"`, database);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, superuserPassword, query, stop };
}

/** PostgreSQL refuses to run as root: then as the user that Debian's package makes. */
function serverAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execaSync("id", [flag, "postgres"]).stdout));
  return { uid, gid };
}

function findTools(): string | undefined {
  const folder = "/usr/lib/postgresql";
  const versions = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(folder, version, "bin"))
    .find((bin) => ["initdb", "pg_ctl", "pg_dump", "pg_restore"].every((tool) => fs.existsSync(path.join(bin, tool))));
}
