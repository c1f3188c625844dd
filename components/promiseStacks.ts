// Imported for its effect: it spares the SDK the stack that it notes for each of its promises. Every frame of it is looked
// up in source maps, which takes two thirds of the time of a program with many resources. The SDK shows these stacks with
// PULUMI_DEBUG_PROMISE_LEAKS alone (@pulumi/pulumi/runtime/debuggable.js), and then they are there.
const original = Error.prepareStackTrace?.bind(Error);
if (original && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  Error.prepareStackTrace = (error, frames): unknown =>
    frames[0]?.getFunctionName() === "debuggablePromise" ? "" : original(error, frames);
}
export {};
