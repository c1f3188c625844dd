import { execa, Options } from "execa";
import { projectFolder } from "../lib/paths";

/** One of the things that a row compares. */
export interface Subject {
  label: string;
  /** Prepares a run; not measured. */
  before?: () => Promise<unknown>;
  /** Runs it once. Returns the value that the row shows: seconds, unless the row has another unit. */
  run: () => Promise<number>;
}

/** A row of the table. */
export interface Row {
  /** Its name for `--only`. The name of `growth/memory` is also `growth`. */
  name: string;
  what: string;
  /** Default: seconds. */
  unit?: "MiB";
  /** The most that the first subject should take: a value, or a multiple of what the second one takes. */
  target?: { value?: number; ofSecond?: number };
  /** The most runs worth their time. */
  mostRuns?: number;
  /** Why this machine cannot measure the row; undefined if it can. */
  missing?: () => Promise<string | undefined>;
  /** Prepares what the row compares, this project's subject first. */
  subjects: () => Subject[] | Promise<Subject[]>;
}

/** Medians of a row, by the label of the subject. */
export type Medians = Record<string, number>;

/**
 * Runs the subjects in turn (A, B, A, B…), so that whatever else the machine does affects all of them, and takes the
 * median of each.
 *
 * @param report Called before each run.
 */
export async function measureInTurn(
  subjects: Subject[],
  runs: number,
  report: (progress: string) => void,
): Promise<Medians> {
  const values: Record<string, number[]> = {};
  for (let run = 1; run <= runs; run++) {
    for (const { label, before, run: measure } of subjects) {
      report(`run ${run} of ${runs}: ${label}`);
      await before?.();
      (values[label] ??= []).push(await measure());
    }
  }
  return Object.fromEntries(Object.entries(values).map(([label, all]) => [label, median(all)]));
}

/** The middle of some numbers; of an even count, the mean of the two in the middle. */
function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
}

/** Measures how long something takes, in seconds. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return (performance.now() - begun) / 1000;
}

/** Measures a process, by default in the project's folder. */
export function timedProcess(command: string, args: string[], options: Options = {}): Promise<number> {
  return timed(() => execa(command, args, { cwd: projectFolder, ...options }));
}

/** Arguments of `node` for a TypeScript file of the project, as the npm scripts run it. */
export function script(file: string, ...args: string[]): string[] {
  return ["-r", "ts-node/register", file, ...args];
}
