import * as assert from "assert/strict";
import * as fs from "fs";
import { PostgresqlExternal, RedisExternal } from "../../components/config/config.generated";
import { externalPostgresql, externalRedis } from "../../components/externalDatabases";
import { freePort } from "../../sandbox/freePort";
import { createCertificate, ServerCertificate } from "../helpers/certificates";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer, serverAccount, startPostgresql } from "../helpers/postgresqlServer";
import { runProgram } from "../helpers/program";
import { RedisServer, startRedis } from "../helpers/redisServer";
import { logIn } from "./logIn";

const password = "p@ss/w?rd&";

/** The URL that the program builds for a server whose pods have the CA's certificate in a file. */
async function urlOf(program: Parameters<typeof runProgram>[0], file: string): Promise<string> {
  const { outputs } = await runProgram(program);
  return String(outputs.url.value).replace(/%2Fetc%2Fflask-app%2F\w+-ca%2Fca.crt/, encodeURIComponent(file));
}

describeWith(["python", "postgresql", "openssl"], "the DATABASE_URL of an external PostgreSQL with TLS", function () {
  this.timeout(120_000);
  let certificate: ServerCertificate;
  let other: ServerCertificate;
  let server: PostgresqlServer;

  const url = (more: PostgresqlExternal = {}, ca = certificate.ca) => {
    const login = { host: "localhost", port: server.port, username: "ann ?", database: "shop", password };
    const external = { ca: { secretName: "db-ca" }, ...login, ...more };
    return urlOf(() => ({ ...externalPostgresql(external) }), ca);
  };

  before("start PostgreSQL with a certificate", async () => {
    certificate = await createCertificate("localhost", serverAccount());
    other = await createCertificate("localhost");
    const tls = ["ssl=on", `ssl_cert_file=${certificate.certificate}`, `ssl_key_file=${certificate.key}`];
    server = await startPostgresql("ann ?", password, "shop", tls);
    await server.query('CREATE ROLE reader; GRANT reader TO "ann ?"');
  });

  after(async () => {
    await server?.stop();
    [certificate, other].forEach((one) => fs.rmSync(one.folder, { recursive: true }));
  });

  for (const library of ["psycopg", "psycopg2", "SQLAlchemy", "SQLAlchemy with psycopg"]) {
    it(`logs in with ${library}, which checks the certificate by the CA in ca`, async () => {
      const [answer] = await logIn(library, [await url()]);
      assert.deepEqual((answer as string[]).slice(0, 2), ["ann ?", "shop"]);
    });

    it(`does not log in with ${library} to a server with the certificate of another CA or another name`, async () => {
      const urls = [await url({}, other.ca), await url({ host: "127.0.0.1" })];
      const [otherCa, otherName] = await logIn(library, urls);
      assert.match(String(otherCa), /certificate verify failed/);
      assert.match(String(otherName), /does not match host name/);
    });

    it(`passes parameters to the server with ${library}`, async () => {
      const parameters = { connect_timeout: 10, target_session_attrs: "read-write", options: "-c role=reader" };
      const [answer] = await logIn(library, [await url({ parameters })]);
      assert.deepEqual((answer as string[]).slice(0, 2), ["reader", "shop"]);
    });

    it(`logs in with ${library} by the CAs of the system`, async () => {
      const system = await url({ ca: "system" });
      const [answer] = await logIn(library, [system], { SSL_CERT_FILE: certificate.ca });
      assert.deepEqual((answer as string[]).slice(0, 2), ["ann ?", "shop"]);
      const [refusal] = await logIn(library, [system], { SSL_CERT_FILE: other.ca });
      assert.match(String(refusal), /certificate verify failed/);
    });

    it(`takes TLS from the environment with ${library}, as with a URL in a Secret`, async () => {
      const login = `${encodeURIComponent("ann ?")}:${encodeURIComponent(password)}`;
      const plain = `postgresql://${login}@localhost:${server.port}/shop`;
      const { outputs } = await runProgram(() => ({
        ...externalPostgresql({ secret: { name: "db" }, ca: { secretName: "db-ca" } }, { uri: plain }),
      }));
      assert.equal(outputs.urlInSecret.value, plain);
      const { extraEnv } = outputs.podValues.value as { extraEnv: { name: string; value?: string }[] };
      const variables = Object.fromEntries(extraEnv.slice(1).map(({ name, value }) => [name, value]));
      const env = (ca: string) => ({ ...variables, PGSSLROOTCERT: ca });
      const [answer] = await logIn(library, [plain], env(certificate.ca));
      assert.deepEqual((answer as string[]).slice(0, 2), ["ann ?", "shop"]);
      const [refusal] = await logIn(library, [plain], env(other.ca));
      assert.match(String(refusal), /certificate verify failed/);
    });
  }
});

describeWith(["python", "redis-server", "openssl"], "the REDIS_URL of an external Redis with TLS", function () {
  this.timeout(120_000);
  let certificate: ServerCertificate;
  let other: ServerCertificate;
  let server: RedisServer;
  let port: number;

  const url = (more: RedisExternal = {}, ca = certificate.ca) => {
    const login = { host: "localhost", port, username: "app?é", password, tls: true };
    return urlOf(() => ({ ...externalRedis({ ca: { secretName: "cache-ca" }, ...login, ...more }) }), ca);
  };

  before("start Redis with a certificate and an ACL user", async () => {
    certificate = await createCertificate("localhost");
    other = await createCertificate("localhost");
    port = await freePort();
    const { ca, certificate: file, key } = certificate;
    const tls = `port 0\ntls-port ${port}\ntls-cert-file ${file}\ntls-key-file ${key}\ntls-ca-cert-file ${ca}`;
    const user = `user app?é on ">${password}" ~* +@all`;
    server = await startRedis("unused", `${tls}\ntls-auth-clients no\n${user}\nuser default off\n`);
  });

  after(async () => {
    await server?.stop();
    [certificate, other].forEach((one) => fs.rmSync(one.folder, { recursive: true }));
  });

  it("logs in with redis-py as the ACL user, and checks the certificate by the CA in ca", async () => {
    const [answer] = await logIn("redis-py", [await url()]);
    assert.deepEqual(answer, ["0.87"]);
  });

  it("accepts parameters", async () => {
    const parameters = { socket_timeout: 5, health_check_interval: 30, ssl_check_hostname: true };
    const [answer] = await logIn("redis-py", [await url({ parameters })]);
    assert.deepEqual(answer, ["0.87"]);
  });

  it("logs in by the CAs of the system if no ca is set", async () => {
    const [answer] = await logIn("redis-py", [await url({ ca: undefined })], { SSL_CERT_FILE: certificate.ca });
    assert.deepEqual(answer, ["0.87"]);
  });

  it("does not log in with another CA, without the user, or to another name", async () => {
    const urls = [await url({}, other.ca), await url({ username: undefined }), await url({ host: "127.0.0.1" })];
    const [otherCa, noUser, otherName] = await logIn("redis-py", urls);
    assert.match(String(otherCa), /certificate verify failed/);
    assert.match(String(noUser), /invalid username-password pair or user is disabled/);
    assert.match(String(otherName), /IP address mismatch|certificate is not valid for|Hostname mismatch/);
  });
});
