import { Figure, Measure, Medians, Row } from "./row";
import { timedProcess, timedScript } from "./measure";

const programs = "tools/bench/programs";
const sdkInTypeScript = "the SDK packages, from TypeScript";

/** Numbers of app instances in one program. */
const counts = [1, 10, 100, 300];

/** How long the program takes on Pulumi mocks, without the CLI or a cluster. */
export const programRows: Row[] = [
  {
    name: "start",
    what: "program start: modules loaded, config checked, resources registered",
    target: { ratio: 1.3, to: sdkInTypeScript },
    subjects: [
      { label: "this program", run: () => timedScript(`${programs}/start.ts`, ["production"]) },
      { label: sdkInTypeScript, run: () => timedScript(`${programs}/packages.ts`) },
      { label: "the SDK packages alone", run: loadSdk },
    ],
  },
  {
    name: "growth",
    what: "growth: a program with 1, 10, 100 and 300 app instances",
    figures: growthFigures,
    subjects: counts.flatMap((count) =>
      ["this program", "naive"].map((program) => ({
        label: `${program}, ${count}`,
        run: () => timedScript(`${programs}/growth.ts`, [program, String(count)]),
      })),
    ),
  },
];

/** Loads the SDK packages and nothing else. */
export function loadSdk(): Promise<Measure> {
  return timedProcess("node", [`${programs}/packages.cjs`]);
}

/** What one more instance costs: from the first to the last, and over the second half, which shows whether it is linear. */
function growthFigures(medians: Medians): Figure[] {
  const slope = (program: string, from: number, to: number) => {
    const [a, b] = [medians[`${program}, ${from}`], medians[`${program}, ${to}`]];
    return {
      milliseconds: ((b.seconds - a.seconds) * 1000) / (to - from),
      mebibytes: (b.mebibytes! - a.mebibytes!) / (to - from),
    };
  };
  const ours = slope("this program", 1, 300);
  const late = slope("this program", 100, 300);
  const naive = slope("naive", 1, 300);
  const figures: [what: string, value: number, unit: string, atMost: number][] = [
    ["time per instance", ours.milliseconds, "ms", 12],
    ["time per instance past 100", late.milliseconds, "ms", 12],
    ["time per instance, to the naive program's", ours.milliseconds / naive.milliseconds, "x", 1],
    ["memory per instance", ours.mebibytes, "MiB", 1],
    ["memory per instance, to the naive program's", ours.mebibytes / naive.mebibytes, "x", 1.1],
  ];
  return figures.map(([what, value, unit, atMost]) => ({ what: `growth: ${what}`, value, unit, atMost }));
}
