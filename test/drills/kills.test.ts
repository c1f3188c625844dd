import * as assert from "assert/strict";
import { setTimeout as sleep } from "timers/promises";
import { noteResult, printResults } from "./drill";
import { allDrivers, configure, keptData } from "./drivers";

/** How often each of the four drills is run. `npm run drills` sets it to the number in docs/drills.md. */
const kills = Number(process.env.KILLS ?? 1);
/** Milliseconds within which a run is killed. A run takes somewhat less. */
const longestRun = 10_000;

for (const driver of allDrivers()) {
  describe(`A run that is interrupted at a random moment (${driver.name})`, function () {
    this.timeout((kills + 1) * 240_000);

    before(() => driver.begin());
    after("print the results and remove the copy", () => {
      printResults();
      driver.end();
    });

    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      it(`can be resumed after ${signal} during a first deployment`, async () => {
        for (let n = 0; n < kills; n++) {
          configure(driver);
          await driver.cutOff(sleep(Math.random() * longestRun), signal);
          await check(`killed by ${signal} in a first deployment`, {});
          await driver.destroy();
        }
      });

      it(`can be resumed after ${signal} during an upgrade of every release`, async () => {
        configure(driver);
        assert.equal((await driver.up()).exitCode, 0);
        for (let n = 0; n < kills; n++) {
          const before = await keptData();
          configure(driver, (config) => {
            Object.assign(config["flask-app:app"] as object, { podAnnotations: { drill: `${signal} ${n}` } });
            for (const database of ["postgresql", "redis"]) {
              const { inCluster } = config[`flask-app:${database}`] as { inCluster: object };
              Object.assign(inCluster, { resources: { requests: { cpu: `${20 + n}m`, memory: "64Mi" } } });
            }
          });
          await driver.cutOff(sleep(Math.random() * longestRun), signal);
          await check(`killed by ${signal} in an upgrade`, before);
        }
        await driver.destroy();
      });
    }
  });

  /** Recovers as the runbook says, and checks the result. */
  async function check(failure: string, before: Record<string, string>): Promise<void> {
    const recovered = await driver.recover();
    const again = recovered && (await driver.up());
    const after = recovered ? await keptData() : {};
    const converged = again !== undefined && driver.unchanged.test(again.output);
    const lost = recovered !== undefined && Object.entries(before).some(([name, value]) => after[name] !== value);
    noteResult(failure, driver.name, { converged, lost });
    assert.ok(converged, again?.output);
    assert.ok(!lost, "a password or a volume has changed");
  }
}
