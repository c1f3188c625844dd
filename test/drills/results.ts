/** How the tries of one drill ended. */
interface Result {
  tried: number;
  converged: number;
  /** Tries after which a password or a volume was another one. */
  lost: number;
}

const results = new Map<string, Result>();

/** Notes how a try of a drill ended; printed by {@link printResults}. */
export function note(failure: string, way: string, end: { converged: boolean; lost: boolean }): void {
  const key = `${failure} | ${way}`;
  const result = results.get(key) ?? { tried: 0, converged: 0, lost: 0 };
  result.tried += 1;
  result.converged += Number(end.converged);
  result.lost += Number(end.lost);
  results.set(key, result);
}

/** Prints the README's table of drills. */
export function printResults(): void {
  console.log("\n| failure | deployed by | tried | converged | lost nothing |\n| --- | --- | --- | --- | --- |");
  for (const [key, { tried, converged, lost }] of results) {
    console.log(`| ${key} | ${tried} | ${converged} | ${lost === 0 ? "yes" : "no"} |`);
  }
}
