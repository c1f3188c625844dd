import { isDeepStrictEqual } from "util";
import { foreignRelease } from "../components/hooks/interruptedInstall";
import { runHelm } from "../tools/lib/helm";
import { kubeconfigFile, projectFolder } from "../tools/lib/paths";
import { ReleaseInputs } from "../tools/lib/program";
import { UserError } from "../tools/lib/userError";
import { Change } from "./clusterObjects";

type ReleaseName = Pick<ReleaseInputs, "name" | "namespace">;

interface ReleaseStatus {
  info: { status: string; description: string };
  config?: Record<string, unknown>;
}

/** Helm for the sandbox's cluster, whatever KUBECONFIG or the current context says. */
export class Helm {
  /**
   * @param binary Path of Helm.
   * @param interrupt Ends the Helm that runs. Helm then rolls back or marks what it has begun, and exits.
   */
  constructor(
    readonly binary: string,
    private readonly interrupt?: AbortSignal,
  ) {}

  /**
   * Installs or upgrades a release and waits until it is ready. A release whose inputs have not changed is left as it is.
   * `description` is one of the inputs, and holds the digest of a local chart.
   *
   * @throws {UserError} If another chart's release has the name, or with Helm's message if the release fails or is not
   *   ready in time.
   */
  async deploy(release: ReleaseInputs): Promise<Change> {
    let current = await this.status(release);
    if (
      current?.info.status === "deployed" &&
      current.info.description === release.description &&
      isDeepStrictEqual(current.config ?? {}, release.values)
    ) {
      return "unchanged";
    }
    if (current) {
      await this.refuseForeign(release);
      current = await this.clearInterrupted(release, current);
    }
    const options = [
      ...[release.chart, "--install", "--version", release.version, "--description", release.description],
      ...["--wait", "--timeout", `${release.timeout}s`, "--history-max", String(release.maxHistory)],
      ...(release.atomic ? ["--atomic"] : []),
    ];
    await this.run(["upgrade"], release, [...options, "--values", "-"], JSON.stringify(release.values));
    return current ? "updated" : "created";
  }

  /** Uninstalls a release, if it exists, and waits until its objects are gone. */
  async uninstall(release: ReleaseName): Promise<void> {
    await this.run(["uninstall"], release, ["--ignore-not-found", "--wait", "--cascade", "foreground"]);
  }

  /** Refuses to upgrade a release of another chart, which this program did not install. */
  private async refuseForeign(release: ReleaseInputs): Promise<void> {
    const metadata = await this.run(["get", "metadata"], release, ["--output", "json"]);
    const { chart } = JSON.parse(metadata) as { chart: string };
    if (chart !== release.description.split(" ")[0]) {
      throw new UserError(foreignRelease(release.name, release.namespace));
    }
  }

  /**
   * Clears what an interrupted Helm left behind: it removes a first install, and rolls an upgrade back to the revision
   * before it.
   *
   * @returns The release afterwards.
   */
  private async clearInterrupted(release: ReleaseName, current: ReleaseStatus): Promise<ReleaseStatus | undefined> {
    const { status } = current.info;
    if (status === "pending-install" || status === "uninstalling") {
      await this.uninstall(release);
      return undefined;
    }
    if (status.startsWith("pending-")) {
      await this.run(["rollback"], release, ["--wait"]);
      return this.status(release);
    }
    return current;
  }

  private async status(release: ReleaseName): Promise<ReleaseStatus | undefined> {
    try {
      return JSON.parse(await this.run(["status"], release, ["--output", "json"])) as ReleaseStatus;
    } catch (error) {
      if (error instanceof UserError && error.message.includes("release: not found")) {
        return undefined;
      }
      throw error;
    }
  }

  private async run(
    command: string[],
    { name, namespace }: ReleaseName,
    options: string[],
    input?: string,
  ): Promise<string> {
    const args = [...command, name, ...options, "--namespace", namespace, "--kubeconfig", kubeconfigFile];
    const { stdout } = await runHelm(args, {
      binary: this.binary,
      cwd: projectFolder,
      input,
      interrupt: this.interrupt,
      failure: `helm ${command.join(" ")} ${name}`,
    });
    return stdout;
  }
}
