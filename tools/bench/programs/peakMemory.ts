/** Prints the peak memory of this process, as `timedProcess.ts` reads it, and ends it: the SDK would keep it alive. */
export function endWithPeakMemory(): never {
  console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(1)} MiB`);
  process.exit();
}
