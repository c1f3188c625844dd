// Imported for its side effect. The SDK records a stack trace for each promise, and looking up every frame in source maps
// takes two thirds of the time of a program with many resources. The traces are only shown with
// PULUMI_DEBUG_PROMISE_LEAKS (@pulumi/pulumi/runtime/debuggable.js); without it they are not recorded.
const original = Error.prepareStackTrace?.bind(Error);
if (original && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  Error.prepareStackTrace = (error, frames): unknown =>
    frames[0]?.getFunctionName() === "debuggablePromise" ? "" : original(error, frames);
}
export {};
