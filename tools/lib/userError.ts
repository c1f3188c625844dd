/** An error that the user can do something about. Its message is printed without a stack trace. */
export class UserError extends Error {}

/** Whether the user can do something about an error: a UserError, or a refusal of the program, which is a RunError. */
export function isForUser(error: Error): boolean {
  // `RunError.isInstance` looks at the same field, but takes the SDK a second to load.
  return error instanceof UserError || "__pulumiRunError" in error;
}

/**
 * What a command prints of the error it failed with: the message, if it is for the user or comes from the operating system
 * (no space left on device, permission denied, …). Anything else is a bug and keeps its stack trace.
 */
export function describeError(error: NodeJS.ErrnoException): string {
  return isForUser(error) || /^E(?!RR_)/.test(error.code ?? "") ? error.message : String(error.stack);
}
