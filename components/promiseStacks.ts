// Imported for its effect. The SDK records a stack for each of its promises, and looking up every frame in source maps
// takes two thirds of the time of a program with many resources. These stacks are only shown with
// PULUMI_DEBUG_PROMISE_LEAKS (@pulumi/pulumi/runtime/debuggable.js); without it they are left out.
const original = Error.prepareStackTrace?.bind(Error);
if (original && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  Error.prepareStackTrace = (error, frames): unknown =>
    frames[0]?.getFunctionName() === "debuggablePromise" ? "" : original(error, frames);
}
export {};
