import { execa } from "execa";
import { projectFolder } from "../lib/paths";
import { Row, script, timedProcess } from "./measure";

const programs = "tools/bench/programs";
const largest = 300;

/** How long the program takes on Pulumi mocks, without the CLI or a cluster, and how that grows with instances of the app. */
export const programRows: Row[] = [
  {
    name: "start",
    what: "program start: modules loaded, config checked, resources registered",
    target: { ofSecond: 1.3 },
    subjects: () => [
      { label: "this program", run: () => timedProcess("node", script(`${programs}/start.ts`, "production")) },
      {
        label: "the SDK packages, from TypeScript",
        run: () => timedProcess("node", script(`${programs}/packages.ts`)),
      },
    ],
  },
  {
    name: "growth",
    what: "growth: time per instance",
    target: { value: 0.012, ofSecond: 1 },
    subjects: () => growth(1, (args) => timedProcess("node", args)),
  },
  {
    // More than over all instances, if the time does not grow linearly.
    name: "growth/late",
    what: "growth: time per instance past 100",
    target: { value: 0.012 },
    subjects: () => growth(100, (args) => timedProcess("node", args)),
  },
  {
    name: "growth/memory",
    what: "growth: memory per instance",
    unit: "MiB",
    target: { value: 1, ofSecond: 1.1 },
    subjects: () => growth(1, peakMemory),
  },
];

/** What each instance in a program costs on average, from one number of instances to the largest. */
function growth(from: number, measure: (args: string[]) => Promise<number>) {
  return ["this program", "naive program"].map((label) => {
    const withInstances = (count: number) => measure(script(`${programs}/growth.ts`, label, String(count)));
    const run = async () => ((await withInstances(largest)) - (await withInstances(from))) / (largest - from);
    return { label, run };
  });
}

/** The peak memory of a process that prints it, in MiB. */
async function peakMemory(args: string[]): Promise<number> {
  const { stdout } = await execa("node", args, { cwd: projectFolder });
  return Number(stdout);
}
