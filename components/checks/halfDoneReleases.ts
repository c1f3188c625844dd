import type { LiveRelease } from "../cluster/liveReleases";
import { StackConfig } from "../config/config.generated";
import { Refusal } from "../config/refusal";
import { releaseNames } from "../config/releaseNames";

/**
 * Refuses to go on while a release of the stack is half-done.
 *
 * @throws {Refusal} With the commands that repair the releases.
 */
export function refuseHalfDoneReleases(releases: Map<string, LiveRelease>, config: StackConfig): void {
  const commands = recoveryCommands(releases, config);
  if (commands.length > 0) {
    throw new Refusal(
      [
        "Another deployment is running, or an interrupted one left a release half-done. If none is running, run this and try again:",
        ...commands.map((command) => `  ${command}`),
      ].join("\n"),
    );
  }
}

/** Commands that repair the stack's half-done releases, so that Helm accepts them again. */
export function recoveryCommands(releases: Map<string, LiveRelease>, config: StackConfig): string[] {
  return Object.values(releaseNames(config))
    .map((name) => releases.get(name))
    .filter((release) => release !== undefined)
    .filter(isHalfDone)
    .map((release) => recoveryCommand(release, config.namespace));
}

function isHalfDone({ status }: LiveRelease): boolean {
  return status.startsWith("pending-") || status === "uninstalling";
}

function recoveryCommand({ name, lastDeployed, status }: LiveRelease, namespace: string): string {
  return lastDeployed && status !== "uninstalling"
    ? `helm rollback ${name} ${lastDeployed.revision} --namespace ${namespace} --wait`
    : `helm uninstall ${name} --namespace ${namespace} --wait`;
}
