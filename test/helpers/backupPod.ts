import { V1Container, V1CronJob, V1Job } from "@kubernetes/client-node";
import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { BackupCopy, PostgresqlBackup } from "../../components/config/config.generated";
import { Client } from "pg";
import { runContainer } from "./container";
import { PostgresqlServer, startPostgresql } from "./postgresqlServer";
import { find, runStack } from "./program";

/** Passwords in the Secret of a test's PostgreSQL. */
export const passwords = { password: "of the app", "backup-password": "of the backups" };

/** What production deploys to make backups. */
export interface BackupObjects {
  backup: V1CronJob;
  restore: V1CronJob;
  /** The Job that creates the roles. */
  roles: V1Job;
}

/** What production deploys, with a copy of the backups or without. */
export async function backupObjects(copy?: BackupCopy): Promise<BackupObjects> {
  const run = await runStack("production", (config) => {
    const { inCluster } = config["flask-app:postgresql"] as { inCluster: { backup: PostgresqlBackup } };
    Object.assign(inCluster.backup, copy && { copy });
  });
  const inputs = (resource: string) => find(run, resource).inputs as unknown;
  return {
    backup: inputs("CronJob flask-prod-postgresql-backup") as V1CronJob,
    restore: inputs("CronJob flask-prod-postgresql-restore") as V1CronJob,
    roles: inputs("Job flask-prod-postgresql-password") as V1Job,
  };
}

/** The containers of a CronJob's pods, in the order in which they run. */
export function containersOf({ spec }: V1CronJob): V1Container[] {
  const { initContainers = [], containers } = spec!.jobTemplate.spec!.template.spec!;
  return [...initContainers, ...containers];
}

/** A PostgreSQL with the roles and the database of production. */
export async function startDatabase({ roles }: BackupObjects): Promise<PostgresqlServer> {
  const server = await startPostgresql("flaskuser", passwords.password, "flaskdb");
  const { exitCode, stderr } = await runContainer(roles.spec!.template.spec!.containers[0], {
    secrets: { ...passwords, "postgres-password": server.superuserPassword },
    env: addressOf(server),
  });
  assert.equal(exitCode, 0, stderr);
  return server;
}

/** A temporary folder that stands in for the volumes of a backup's pod. */
export class BackupPod {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-backups-"));
  /** The volume of the backups. */
  readonly backups = path.join(this.folder, "backups");

  constructor() {
    fs.mkdirSync(this.backups);
  }

  /** Runs a container with the volumes, and a server of this test. */
  run(
    container: V1Container,
    server: PostgresqlServer,
    more: { command?: string[]; env?: Record<string, string> } = {},
  ) {
    return runContainer(container, {
      secrets: { ...passwords, "postgres-password": server.superuserPassword },
      command: more.command,
      env: {
        ...addressOf(server),
        BACKUP_DIR: this.backups,
        GNUPGHOME: path.join(this.folder, "gnupg"),
        OUTGOING_DIR: path.join(this.backups, "outgoing"),
        ...more.env,
      },
    });
  }

  /** Names of the dumps, the oldest first. */
  dumps(): string[] {
    return fs
      .readdirSync(this.backups)
      .filter((name) => name.endsWith(".dump"))
      .sort();
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true });
  }
}

/** Connects to the app's database as a role. */
export async function connectAs(server: PostgresqlServer, user: "flaskuser" | "flaskuser_backup"): Promise<Client> {
  const password = user === "flaskuser" ? passwords.password : passwords["backup-password"];
  const client = new Client({ host: "127.0.0.1", port: server.port, user, password, database: "flaskdb" });
  await client.connect();
  return client;
}

/** Runs SQL in the app's database as a role. Returns the rows. */
export async function queryAs(
  server: PostgresqlServer,
  user: "flaskuser" | "flaskuser_backup",
  sql: string,
): Promise<Record<string, unknown>[]> {
  const client = await connectAs(server, user);
  const { rows } = await client.query<Record<string, unknown>>(sql).finally(() => client.end());
  return rows;
}

function addressOf({ port }: PostgresqlServer): Record<string, string> {
  return { PGHOST: "127.0.0.1", PGPORT: String(port) };
}
