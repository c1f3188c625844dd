import * as assert from "assert/strict";
import { createClient } from "redis";
import { redisUrl } from "../../components/connectionUrl";
import { describeWith } from "../helpers/describeWith";
import { find, runStack } from "../helpers/program";
import { RedisServer, startRedis } from "../helpers/redisServer";

const mebibyte = 2 ** 20;
const [limit, maxmemory] = [256 * mebibyte, 96 * mebibyte];

describeWith("redis-server", "a Redis that is flooded, with the configuration of production", function () {
  this.timeout(120_000);
  let server: RedisServer;
  let client: ReturnType<typeof createClient>;

  beforeEach("start Redis with an append-only file, as the chart does by default", async () => {
    const { values } = find(await runStack("production"), "Release flask-prod-redis").inputs as {
      values: { master: { configuration?: string } };
    };
    server = await startRedis("password", `appendonly yes\n${values.master.configuration ?? ""}`);
    client = createClient({
      url: redisUrl({ password: "password", host: "127.0.0.1", port: server.port, database: 0 }),
    });
    await client.connect();
  });

  afterEach("stop Redis", async () => {
    client?.destroy();
    await server?.stop();
  });

  /** Writes values of 64 KiB under names that start with a prefix, in batches of 64. */
  async function write(prefix: string, bytes: number, lifetime?: number): Promise<void> {
    const value = "x".repeat(2 ** 16);
    const expiration = lifetime === undefined ? undefined : ({ type: "EX", value: lifetime } as const);
    for (let written = 0; written < bytes; written += 64 * value.length) {
      const names = Array.from({ length: 64 }, (_, index) => `${prefix}:${written}:${index}`);
      await Promise.all(names.map((name) => client.set(name, value, { expiration })));
    }
  }

  /** A number from the answer to INFO. */
  async function info(name: string): Promise<number> {
    return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(await client.info())?.[1]);
  }

  it("evicts cached values, keeps keys without a lifetime, and stays below its pod's memory limit", async () => {
    await client.set("job", "without a lifetime");
    await write("cache", 4 * maxmemory, 3600);
    assert.ok((await info("evicted_keys")) > 0);
    assert.ok((await info("used_memory_peak")) < limit, String(await info("used_memory_peak")));
    assert.ok((await info("used_memory_rss")) < limit);
    assert.equal(await client.get("job"), "without a lifetime");
  });

  it("refuses writes rather than exceed the limit if no key has a lifetime, and still answers reads", async () => {
    await client.set("job", "first");
    await assert.rejects(write("queue", 4 * maxmemory), /OOM command not allowed/);
    assert.ok((await info("used_memory_peak")) < limit, String(await info("used_memory_peak")));
    assert.equal(await info("evicted_keys"), 0);
    assert.equal(await client.get("job"), "first");
  });
});
