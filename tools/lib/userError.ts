/** An error that the user can do something about. Its message is printed without a stack trace. */
export class UserError extends Error {}

/**
 * What a command prints of the error it failed with: the message of a UserError, of Pulumi's RunError, and of an error of
 * the operating system (no space left on device, permission denied, …). Anything else is a bug and keeps its stack trace.
 */
export function describeError(error: NodeJS.ErrnoException): string {
  // `RunError.isInstance` looks at the same field, but takes the SDK a second to load.
  const isExpected = error instanceof UserError || "__pulumiRunError" in error || /^E(?!RR_)/.test(error.code ?? "");
  return isExpected ? error.message : String(error.stack);
}
