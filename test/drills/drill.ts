import * as assert from "assert/strict";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { configure, Driver, keptData } from "./drivers";

/** How the tries of one drill ended. */
interface Result {
  tried: number;
  converged: number;
  /** Tries after which a password or a volume had changed. */
  lost: number;
}

const results = new Map<string, Result>();

/** Notes how one try of a drill ended, for {@link printResults}. */
export function noteResult(failure: string, driver: string, end: { converged: boolean; lost: boolean }): void {
  const key = `${failure} | ${driver}`;
  const result = results.get(key) ?? { tried: 0, converged: 0, lost: 0 };
  result.tried += 1;
  result.converged += Number(end.converged);
  result.lost += Number(end.lost);
  results.set(key, result);
}

/** Prints the table of docs/drills.md for the drills so far. */
export function printResults(): void {
  console.log("\n| failure | deployed by | tried | converged | lost nothing |\n| --- | --- | --- | --- | --- |");
  for (const [key, { tried, converged, lost }] of results) {
    console.log(`| ${key} | ${tried} | ${converged} | ${lost === 0 ? "yes" : "no"} |`);
  }
}

/** Deploys dev as the checkout configures it, with a change, and once more, which must change nothing. */
export async function deploy(driver: Driver, change?: (config: StackFileConfig) => void): Promise<void> {
  configure(driver, change);
  const { exitCode, output } = await driver.up();
  assert.equal(exitCode, 0, output);
  assert.match((await driver.up()).output, driver.unchanged);
}

/** Adds the hooks of a suite of drills: they deploy dev before it; after it they print the results and remove dev. */
export function deployDev(driver: Driver): void {
  before("deploy dev", async () => {
    await driver.begin();
    await deploy(driver);
  });
  after("print the results and remove dev", async () => {
    printResults();
    await driver.destroy();
    driver.end();
  });
}

/**
 * Causes a failure, then checks that dev can be deployed again and that its passwords and volumes are the same.
 *
 * @param fail Causes the failure and checks what it prints.
 * @param repair Removes the cause.
 * @param change Change to the checkout's config that stays.
 */
export async function drill(
  driver: Driver,
  failure: string,
  fail: () => Promise<void>,
  { repair, change }: { repair?: () => Promise<unknown>; change?: (config: StackFileConfig) => void } = {},
): Promise<void> {
  const before = await keptData();
  let converged = false;
  try {
    try {
      await fail();
    } finally {
      await repair?.();
    }
    await deploy(driver, change);
    converged = true;
  } finally {
    const lost = JSON.stringify(await keptData()) !== JSON.stringify(before);
    noteResult(failure, driver.name, { converged, lost });
  }
  assert.deepEqual(await keptData(), before);
}
