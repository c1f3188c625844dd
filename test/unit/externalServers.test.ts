import assert from "node:assert/strict";
import { PostgresqlExternal, RedisExternal } from "../../components/config/config.generated";
import { EgressRule } from "../../components/database";
import { externalPostgresql, externalRedis, SecretContent } from "../../components/externalDatabases";
import { runProgram } from "../helpers/program";

const ca = { secretName: "db-ca" };
/** How the pods get the certificate of a CA. */
const caVolume = (database: string, key = "ca.crt") => ({
  extraVolumes: [{ name: `${database}-ca`, secret: { secretName: "db-ca", items: [{ key, path: "ca.crt" }] } }],
  extraVolumeMounts: [{ name: `${database}-ca`, mountPath: `/etc/flask-app/${database}-ca`, readOnly: true }],
});
const urlFrom = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: "app-db", key } } });

describe("A PostgreSQL server outside the cluster", () => {
  const server: PostgresqlExternal = {
    host: "db.example.com",
    username: "ann",
    database: "shop",
    password: "p@ss/word",
  };
  const use = (more: PostgresqlExternal = {}) => runProgram(() => ({ ...externalPostgresql({ ...server, ...more }) }));
  const useSecret = (server: PostgresqlExternal, content?: SecretContent) =>
    runProgram(() => ({ ...externalPostgresql(server, content) }));

  it("registers nothing", async () => {
    const { registrations, outputs } = await use();
    assert.deepEqual(registrations, []);
    assert.equal("releaseName" in outputs, false);
  });

  it("has a secret URL with the encoded password, and may be reached anywhere on port 5432", async () => {
    const { outputs } = await use();
    assert.deepEqual(outputs.url, { value: "postgresql://ann:p%40ss%2Fword@db.example.com:5432/shop", secret: true });
    assert.deepEqual(outputs.egress.value, {
      to: [{ ipBlock: { cidr: "0.0.0.0/0" } }],
      ports: [{ port: 5432, protocol: "TCP" }],
    });
  });

  it("has the configured port and sslmode in its URL", async () => {
    const { outputs } = await use({ port: 6432, sslMode: "require" });
    assert.equal(outputs.url.value, "postgresql://ann:p%40ss%2Fword@db.example.com:6432/shop?sslmode=require");
  });

  it("is reached only in its networks if they are set", async () => {
    const { outputs } = await use({ cidrs: ["10.1.0.0/16", "10.2.0.7/32"] });
    assert.deepEqual(outputs.egress.value, {
      to: [{ ipBlock: { cidr: "10.1.0.0/16" } }, { ipBlock: { cidr: "10.2.0.7/32" } }],
      ports: [{ port: 5432, protocol: "TCP" }],
    });
  });

  it("is reached only in its pods if they are set, or in both", async () => {
    const pods = { podSelector: { matchLabels: { "cnpg.io/cluster": "app-db" } } };
    const { outputs } = await use({ peers: [pods] });
    assert.deepEqual((outputs.egress.value as EgressRule).to, [pods]);
    const both = await use({ peers: [pods], cidrs: ["10.2.0.7/32"] });
    assert.deepEqual((both.outputs.egress.value as EgressRule).to, [{ ipBlock: { cidr: "10.2.0.7/32" } }, pods]);
  });

  it("has further parameters in its URL, each encoded", async () => {
    const parameters = { connect_timeout: 10, target_session_attrs: "read-write", options: "-c a=b&c" };
    const { outputs } = await use({ sslMode: "require", parameters });
    assert.match(
      String(outputs.url.value),
      /\/shop\?sslmode=require&connect_timeout=10&target_session_attrs=read-write&options=-c%20a%3Db%26c$/,
    );
  });

  it("is verified with the certificate of its CA, and only that is mounted", async () => {
    const { outputs } = await use({ ca: { ...ca, key: "root.pem" } });
    const file = "%2Fetc%2Fflask-app%2Fpostgresql-ca%2Fca.crt";
    assert.match(String(outputs.url.value), new RegExp(`\\?sslmode=verify-full&sslrootcert=${file}$`));
    assert.deepEqual(outputs.podValues.value, caVolume("postgresql", "root.pem"));
  });

  it("is verified with the system's CAs without a volume", async () => {
    const { outputs } = await use({ ca: "system" });
    assert.match(String(outputs.url.value), /\?sslmode=verify-full&sslrootcert=system$/);
    assert.deepEqual(outputs.podValues.value, {});
  });

  it("has its URL in someone else's Secret, and never in an output that is not secret", async () => {
    const uri = "postgresql://ann:s3cret@db:5432/shop";
    const { outputs } = await useSecret({ secret: { name: "app-db" } }, { uri, other: "x" });
    assert.deepEqual(outputs.urlInSecret, { value: uri, secret: true });
    assert.deepEqual([outputs.url, outputs.host], [undefined, undefined]);
    assert.deepEqual(outputs.podValues.value, { extraEnv: [urlFrom("DATABASE_URL", "uri")] });
  });

  it("leaves TLS to libpq's environment if the URL is in a Secret", async () => {
    const { outputs } = await useSecret({ secret: { name: "app-db", key: "url" }, ca });
    assert.equal(outputs.urlInSecret.value, undefined);
    assert.deepEqual(outputs.podValues.value, {
      extraEnv: [
        urlFrom("DATABASE_URL", "url"),
        { name: "PGSSLMODE", value: "verify-full" },
        { name: "PGSSLROOTCERT", value: "/etc/flask-app/postgresql-ca/ca.crt" },
      ],
      ...caVolume("postgresql"),
    });
  });

  it("takes the user name and the password from a Secret, and encodes them", async () => {
    const secret = { name: "app-db", usernameKey: "user", passwordKey: "pw" };
    const { outputs } = await useSecret({ host: "db", database: "shop", secret }, { user: "a@b", pw: "p/w" });
    assert.deepEqual(outputs.url, { value: "postgresql://a%40b:p%2Fw@db:5432/shop", secret: true });
  });

  it("takes only the password from a Secret, next to a user name of the config", async () => {
    const secret = { name: "app-db", passwordKey: "pw" };
    const { outputs } = await useSecret({ host: "db", username: "ann", database: "shop", secret }, { pw: "p/w" });
    assert.equal(outputs.url.value, "postgresql://ann:p%2Fw@db:5432/shop");
  });
});

describe("A Redis server outside the cluster", () => {
  const use = (more: RedisExternal = {}) =>
    runProgram(() => ({ ...externalRedis({ host: "cache.example.com", ...more }) }));

  it("registers nothing", async () => {
    const { registrations, outputs } = await use();
    assert.deepEqual(registrations, []);
    assert.equal("releaseName" in outputs, false);
  });

  it("has a secret URL, by default of database 0 without a password", async () => {
    const { outputs } = await use();
    assert.deepEqual(outputs.url, { value: "redis://cache.example.com:6379/0", secret: true });
  });

  it("has a secret URL with the encoded password, the port, the database and TLS", async () => {
    const { outputs } = await use({ password: "p@ss/word", port: 6380, database: 2, tls: true });
    assert.deepEqual(outputs.url, { value: "rediss://:p%40ss%2Fword@cache.example.com:6380/2", secret: true });
  });

  it("is reached only in its networks, on its port", async () => {
    const { outputs } = await use({ port: 6380, cidrs: ["10.1.0.0/16"] });
    assert.deepEqual(outputs.egress.value, {
      to: [{ ipBlock: { cidr: "10.1.0.0/16" } }],
      ports: [{ port: 6380, protocol: "TCP" }],
    });
  });

  it("logs in as an ACL user, checks the certificate of the CA, and has further parameters", async () => {
    const { outputs } = await use({
      username: "app",
      password: "p@ss",
      tls: true,
      ca,
      parameters: { socket_timeout: 5 },
    });
    const query = "ssl_ca_certs=%2Fetc%2Fflask-app%2Fredis-ca%2Fca.crt&socket_timeout=5";
    assert.equal(outputs.url.value, `rediss://app:p%40ss@cache.example.com:6379/0?${query}`);
    assert.deepEqual(outputs.podValues.value, caVolume("redis"));
  });

  it("has its URL, or only its login, in someone else's Secret", async () => {
    const whole = await runProgram(() => ({ ...externalRedis({ secret: { name: "app-db" } }, { uri: "rediss://r" }) }));
    assert.deepEqual(whole.outputs.urlInSecret, { value: "rediss://r", secret: true });
    assert.deepEqual(whole.outputs.podValues.value, { extraEnv: [urlFrom("REDIS_URL", "uri")] });
    const server = { host: "r", secret: { name: "app-db", usernameKey: "user", passwordKey: "pw" } };
    const login = await runProgram(() => ({ ...externalRedis(server, { user: "app", pw: "p@ss" }) }));
    assert.equal(login.outputs.url.value, "redis://app:p%40ss@r:6379/0");
  });
});
