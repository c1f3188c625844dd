/**
 * Spares the SDK the stack that it notes for each of its promises: every frame is looked up in source maps, which takes
 * two thirds of the time of a program with many resources. They are shown with PULUMI_DEBUG_PROMISE_LEAKS alone, and are
 * there then. (@pulumi/pulumi/runtime/debuggable.js)
 */
export function sparePromiseStacks(): void {
  const describe = Error.prepareStackTrace;
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS || !describe) {
    return;
  }
  Error.prepareStackTrace = (error, frames) =>
    frames[0]?.getFunctionName() === "debuggablePromise" ? "" : (describe(error, frames) as unknown);
}
