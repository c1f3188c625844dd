/** Prints the peak memory of this process, for `measure.ts` to read, and exits. The SDK would keep the process alive. */
export function endWithPeakMemory(): never {
  console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(1)} MiB`);
  process.exit();
}
