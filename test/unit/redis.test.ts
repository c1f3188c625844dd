import assert from "node:assert/strict";
import { Redis } from "../../components/redis";
import { runProgram, valuesOf } from "../helpers/program";

describe("Redis in the cluster", () => {
  const args = { releaseName: "shop-redis", namespace: "shop", timeoutSeconds: 120, storage: { size: "3Gi" } };
  const valuesWith = async (resources?: object) => {
    const run = await runProgram(() => {
      new Redis("redis", { ...args, resources });
      return {};
    });
    return valuesOf(run, "shop-redis") as Record<string, unknown> & { master: Record<string, unknown> };
  };

  for (const [limit, maxmemory] of [
    ["256Mi", 100663296],
    ["1.5G", 562500000],
    [1000001, 375000],
  ] as const) {
    it(`uses at most ${maxmemory} bytes, 3/8 of a memory limit of ${limit}, and evicts only keys with a lifetime`, async () => {
      const { master } = await valuesWith({ limits: { memory: limit } });
      assert.equal(master.configuration, `maxmemory ${maxmemory}\nmaxmemory-policy volatile-lru\n`);
    });
  }

  for (const resources of [undefined, {}, { limits: { cpu: "1" } }, { requests: { memory: "1Gi" } }]) {
    it(`has no bound on its memory with the resources ${JSON.stringify(resources)}`, async () => {
      const { master } = await valuesWith(resources);
      assert.ok(!("configuration" in master));
    });
  }

  it("leaves the configuration that turns on the append-only file to the chart", async () => {
    assert.ok(!("commonConfiguration" in (await valuesWith({ limits: { memory: "256Mi" } }))));
  });
});
