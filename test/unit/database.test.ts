import assert from "node:assert/strict";
import { externalPostgresql, externalRedis } from "../../components/database";
import { runProgram } from "../helpers/program";

describe("A PostgreSQL server outside the cluster", () => {
  const server = { host: "db.example.com", username: "ann", database: "shop", password: "p@ss/word" };
  const use = (more = {}) => runProgram(() => ({ ...externalPostgresql({ ...server, ...more }) }));

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
});

describe("A Redis server outside the cluster", () => {
  const use = (more = {}) => runProgram(() => ({ ...externalRedis({ host: "cache.example.com", ...more }) }));

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
});
