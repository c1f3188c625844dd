import { execa, ExecaError } from "execa";
import { findTool } from "./binaries";
import { UserError } from "./userError";

/** How to run Helm. */
export interface HelmRun {
  /** Path of Helm; default: {@link findHelm}. */
  binary?: string;
  /** What Helm reads from stdin. */
  input?: string;
  /** Folder where relative paths start; default: the current one. */
  cwd?: string;
  /** Interrupts Helm, which then cleans up and exits by itself. It is killed if that takes longer than 30 seconds. */
  interrupt?: AbortSignal;
  /** How the message begins if Helm fails; default: the command, such as `helm package ./chart`. */
  failure?: string;
}

/**
 * Path of the pinned version of Helm.
 *
 * @throws {UserError} If Helm is neither on PATH nor built.
 */
export async function findHelm(): Promise<string> {
  const binary = await findTool("helm");
  if (!binary) {
    throw new UserError(
      "Helm of the version in sandbox/go/go.mod is not on PATH: install it, or `npm start` builds it.",
    );
  }
  return binary;
}

/**
 * Runs Helm and waits for its end.
 *
 * @returns What Helm printed: to stdout, and all of it.
 * @throws {UserError} With what Helm printed to stderr, if it fails.
 */
export async function runHelm(
  args: string[],
  { binary, input = "", cwd, interrupt, failure = `helm ${args[0]} ${args[1]}` }: HelmRun = {},
): Promise<{ stdout: string; all: string }> {
  try {
    return await execa(binary ?? (await findHelm()), args, {
      input,
      cwd,
      all: true,
      cancelSignal: interrupt,
      forceKillAfterDelay: 30_000,
    });
  } catch (error) {
    if (error instanceof ExecaError) {
      const [said] = String(error.stderr).split(/\n+Use --debug flag/);
      throw new UserError(`${failure}: ${said.replace(/^Error: /, "").trim() || error.shortMessage}`);
    }
    throw error;
  }
}
