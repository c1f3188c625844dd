import * as path from "path";
import { Figure, Medians, Row } from "./row";
import { timedProcess, timedScript } from "./timedProcess";

const programs = path.join(__dirname, "programs");
const sdk = "the SDK packages alone";
const sdkInTypeScript = "the SDK packages, from TypeScript";

/** Numbers of app instances in one program. */
const counts = [1, 10, 100, 300];

/** What the program takes by itself, on Pulumi mocks: no CLI and no cluster needed. */
export const programRows: Row[] = [
  {
    name: "start",
    what: "program start: modules loaded, config checked, resources registered",
    target: { ratio: 1.3, to: sdkInTypeScript },
    subjects: () =>
      Promise.resolve([
        { label: "this program", run: () => timedScript(path.join(programs, "start.ts"), ["production"]) },
        { label: sdkInTypeScript, run: () => timedScript(path.join(programs, "packages.ts")) },
        { label: sdk, run: () => timedProcess("node", [path.join(programs, "packages.cjs")]) },
      ]),
  },
  {
    name: "growth",
    what: "growth: a program with 1, 10, 100 and 300 app instances",
    figures: growthFigures,
    subjects: () =>
      Promise.resolve(
        counts.flatMap((count) =>
          ["this program", "naive"].map((way) => ({
            label: `${way}, ${count}`,
            run: () => timedScript(path.join(programs, "growth.ts"), [way, String(count)]),
          })),
        ),
      ),
  },
];

/** What one more instance takes: from the first to the last, and over the second half, which tells whether it is linear. */
function growthFigures(medians: Medians): Figure[] {
  const slope = (way: string, from: number, to: number) => {
    const [a, b] = [medians[`${way}, ${from}`], medians[`${way}, ${to}`]];
    return {
      milliseconds: ((b.seconds - a.seconds) * 1000) / (to - from),
      mebibytes: (b.mebibytes! - a.mebibytes!) / (to - from),
    };
  };
  const ours = slope("this program", 1, 300);
  const late = slope("this program", 100, 300);
  const naive = slope("naive", 1, 300);
  return [
    { what: "growth: time per instance", value: ours.milliseconds, unit: "ms", atMost: 12 },
    { what: "growth: time per instance past 100", value: late.milliseconds, unit: "ms", atMost: 12 },
    {
      what: "growth: time per instance, to the naive program's",
      value: ours.milliseconds / naive.milliseconds,
      unit: "x",
      atMost: 1,
    },
    { what: "growth: memory per instance", value: ours.mebibytes, unit: "MiB", atMost: 1 },
    {
      what: "growth: memory per instance, to the naive program's",
      value: ours.mebibytes / naive.mebibytes,
      unit: "x",
      atMost: 1.1,
    },
  ];
}
