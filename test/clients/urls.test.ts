import * as assert from "assert/strict";
import * as path from "path";
import { execa } from "execa";
import fc from "fast-check";
import { Client } from "pg";
import { createClient } from "redis";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";
import { hasRedis, Server, startPostgresql, startRedis, superuser } from "../helpers/databases";
import { hasPython, pythonWithPackages } from "../helpers/python";

/** Space to tilde. */
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));
/** All of them in one, each by itself at the start and the end, and what happens to be drawn. */
const passwords = [
  printable.join(""),
  ...printable.map((character) => `${character}x${character}`),
  ...fc.sample(fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 64 }), 50),
  ...["%41", "%%", "a+b c", "postgresql://a:b@c/d"],
];
const wrong = "wrong";
const host = "127.0.0.1";
const title = "the URLs that the app gets, in the libraries that a Flask app uses";

if (!hasPython) {
  describe(title, () => {
    it("log in, whatever the password (skipped: there is no python3 with venv and ensurepip on PATH)");
  });
} else {
  describe(title, function () {
    this.timeout(120_000);
    let python: string;

    before("install the libraries", async () => {
      python = await pythonWithPackages();
    });

    /** What the servers say of each login. */
    async function logIn(client: string, urls: string[]): Promise<unknown[]> {
      const input = JSON.stringify(urls.map((url) => [client, url]));
      const { stdout } = await execa(python, [path.join(__dirname, "logIn.py")], { input });
      return JSON.parse(stdout) as unknown[];
    }

    describe("DATABASE_URL", () => {
      let server: Server;
      /** One role for each password; the first one's name is as awkward as a password. */
      const roles = passwords.map((password, index) => [index === 0 ? "role @:/?#%" : `role${index}`, password]);
      const urlOf = ([username, password]: string[]) =>
        postgresqlUrl({ username, password, host, port: server.port, database: "flaskdb" });

      before("start PostgreSQL", async () => {
        server = await startPostgresql("flaskuser", "password", "flaskdb");
        const admin = new Client({ host, port: server.port, database: "postgres", ...superuser });
        await admin.connect();
        for (const [name, password] of roles) {
          await admin.query(
            `CREATE ROLE ${admin.escapeIdentifier(name)} LOGIN PASSWORD ${admin.escapeLiteral(password)}`,
          );
        }
        await admin.end();
      });

      after(() => server?.stop());

      for (const [client, driver] of [
        ["psycopg", []],
        ["psycopg2", []],
        // README.md tells which driver SQLAlchemy takes for the URL as it is.
        ["SQLAlchemy", ["psycopg2"]],
        ["SQLAlchemy with psycopg", ["psycopg"]],
      ] as const) {
        it(`logs in with ${client}, whatever printable characters the password has`, async () => {
          const logins = await logIn(client, roles.map(urlOf));
          assert.deepEqual(
            logins,
            roles.map(([name]) => [name, "flaskdb", ...driver]),
          );
        });

        it(`does not log in with ${client} by a wrong password`, async () => {
          const [refusal] = await logIn(client, [urlOf(["role1", wrong])]);
          assert.match(String(refusal), /password authentication failed for user "role1"/);
        });
      }
    });

    const redisTitle = "REDIS_URL";
    if (!hasRedis) {
      it(`${redisTitle} logs in (skipped: redis-server is not on PATH)`);
      return;
    }
    describe(redisTitle, () => {
      let server: Server;
      const urlOf = (password: string) => redisUrl({ password, host, port: server.port, database: 0 });

      before("start Redis", async () => {
        server = await startRedis("password");
        const admin = createClient({ url: urlOf("password") });
        await admin.connect();
        // One user may have any number of passwords.
        await admin.aclSetUser("default", ["resetpass", ...passwords.map((password) => `>${password}`)]);
        admin.destroy();
      });

      after(() => server?.stop());

      it("logs in with redis-py, whatever printable characters the password has", async () => {
        const logins = await logIn("redis-py", passwords.map(urlOf));
        assert.deepEqual(
          logins,
          passwords.map(() => ["0.87"]),
        );
      });

      it("does not log in with redis-py by a wrong password", async () => {
        const [refusal] = await logIn("redis-py", [urlOf(wrong)]);
        assert.match(String(refusal), /invalid username-password pair/);
      });
    });
  });
}
