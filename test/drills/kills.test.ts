import * as assert from "assert/strict";
import { setTimeout as sleep } from "timers/promises";
import { note, printResults } from "./results";
import { allWays, configure, kept } from "./way";

/** How often each of the four is tried: `npm run drills` sets the number of the README's table. */
const kills = Number(process.env.KILLS ?? 1);
/** Milliseconds within which a run is killed: somewhat longer than it takes. */
const longestRun = 10_000;

for (const way of allWays()) {
  describe(`a run that is cut off at a random moment, ${way.name}`, function () {
    this.timeout((kills + 1) * 240_000);

    before(() => way.begin());
    after("print how it ended, and remove the copy", () => {
      printResults();
      way.end();
    });

    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      it(`goes on after ${signal} in a first deployment`, async () => {
        for (let n = 0; n < kills; n++) {
          configure(way);
          await way.cutOff(sleep(Math.random() * longestRun), signal);
          await check(`killed by ${signal} in a first deployment`, {});
          await way.destroy();
        }
      });

      it(`goes on after ${signal} in an upgrade of every release`, async () => {
        configure(way);
        assert.equal((await way.up()).exitCode, 0);
        for (let n = 0; n < kills; n++) {
          const before = await kept();
          configure(way, (config) => {
            Object.assign(config["flask-app:app"] as object, { podAnnotations: { drill: `${signal} ${n}` } });
            for (const database of ["postgresql", "redis"]) {
              const { inCluster } = config[`flask-app:${database}`] as { inCluster: object };
              Object.assign(inCluster, { resources: { requests: { cpu: `${20 + n}m`, memory: "64Mi" } } });
            }
          });
          await way.cutOff(sleep(Math.random() * longestRun), signal);
          await check(`killed by ${signal} in an upgrade`, before);
        }
        await way.destroy();
      });
    }
  });

  /** Recovers as the runbook says, and sees that everything is as it should be. */
  async function check(failure: string, before: Record<string, string>): Promise<void> {
    const recovered = await way.recover();
    const again = recovered && (await way.up());
    const after = recovered ? await kept() : {};
    const converged = again !== undefined && way.unchanged.test(again.output);
    const lost = recovered !== undefined && Object.entries(before).some(([name, value]) => after[name] !== value);
    note(failure, way.name, { converged, lost });
    assert.ok(converged, again?.output);
    assert.ok(!lost, "a password or a volume is another one");
  }
}
