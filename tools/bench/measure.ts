import { Measure, Medians, Subject } from "./row";

/**
 * Runs the subjects in turn (A, B, A, B…), so that whatever else the machine does meets all of them, and takes the
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

/** The middle of some numbers; of an even count the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
