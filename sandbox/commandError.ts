import { ExecaError } from "execa";
import { UserError } from "../tools/lib/userError";

/**
 * Rethrows the error of a command: a {@link UserError} if the command failed, the error itself if it was interrupted.
 *
 * @param explain Makes the message from the lines of the command's error output; `summary` is execa's own description.
 */
export function rethrowCommandError(error: unknown, explain: (lines: string[], summary: string) => string): never {
  if (error instanceof ExecaError && !error.isCanceled) {
    throw new UserError(explain(String(error.stderr).trim().split("\n"), error.shortMessage));
  }
  throw error;
}
