import { execa } from "execa";
import { projectFolder } from "../lib/paths";
import { Measure, Medians, Subject } from "./row";

/** Options of a process that is measured. */
export interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

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
  const measures = new Map<string, Measure[]>(subjects.map(({ label }) => [label, []]));
  for (let run = 1; run <= runs; run++) {
    for (const { label, before, run: measure } of subjects) {
      report(`run ${run} of ${runs}: ${label}`);
      await before?.();
      measures.get(label)!.push(await measure());
    }
  }
  return Object.fromEntries([...measures].map(([label, all]) => [label, medianOf(all)]));
}

function medianOf(measures: Measure[]): Measure {
  const memory = measures.map(({ mebibytes }) => mebibytes).filter((value) => value !== undefined);
  return {
    seconds: median(measures.map(({ seconds }) => seconds)),
    ...(memory.length > 0 && { mebibytes: median(memory) }),
  };
}

/** The middle of some numbers; of an even count, the mean of the two in the middle. */
function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Measures how long something takes in this process. */
export async function timed(run: () => Promise<unknown>): Promise<Measure> {
  const begun = performance.now();
  await run();
  return { seconds: (performance.now() - begun) / 1000 };
}

/** Runs a process and measures it, with its peak memory if it prints that (see `programs/growth.ts`). */
export async function timedProcess(command: string, args: string[], options: ProcessOptions = {}): Promise<Measure> {
  let stdout = "";
  const measure = await timed(
    async () => ({ stdout } = await execa(command, args, { cwd: projectFolder, ...options })),
  );
  const peak = /^peak memory: ([\d.]+) MiB$/m.exec(stdout);
  return peak ? { ...measure, mebibytes: Number(peak[1]) } : measure;
}

/** Runs a TypeScript file of the project in its own process, as the npm scripts do. */
export function timedScript(file: string, args: string[] = [], options: ProcessOptions = {}): Promise<Measure> {
  return timedProcess("node", ["-r", "ts-node/register", file, ...args], options);
}
