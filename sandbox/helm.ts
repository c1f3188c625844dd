import { isDeepStrictEqual } from "util";
import { execa, ExecaError } from "execa";
import { foreignRelease } from "../components/hooks/interruptedInstall";
import { kubeconfigFile, projectFolder } from "../tools/lib/paths";
import { UserError } from "../tools/lib/userError";

/** The inputs of a `kubernetes.helm.v3.Release` that this program uses. */
export interface ReleaseInputs {
  name: string;
  namespace: string;
  chart: string;
  version: string;
  description: string;
  values: Record<string, unknown>;
  /** Seconds. */
  timeout: number;
  atomic?: boolean;
  maxHistory: number;
}

/** What a deployment did to an object of the cluster. */
export type Change = "created" | "updated" | "unchanged";

interface ReleaseStatus {
  info: { status: string; description: string };
  config?: Record<string, unknown>;
}

/** The Helm of the sandbox: it talks to the sandbox's cluster, whatever KUBECONFIG or the current context says. */
export class Helm {
  /**
   * @param binary Where Helm is.
   * @param interrupt Ends a Helm that runs: it then undoes or marks what it has begun, and exits by itself.
   */
  constructor(
    private readonly binary: string,
    private readonly interrupt?: AbortSignal,
  ) {}

  /**
   * Makes a release what the inputs say, and waits until it is ready. A release that is so already is left alone: the
   * inputs are compared, as Pulumi does it, of which `description` holds a local chart's digest.
   *
   * @throws {UserError} If somebody else's release has the name; with what Helm said, if the release fails or does not
   *   become ready in time.
   */
  async deploy(release: ReleaseInputs): Promise<Change> {
    const { name, namespace, description, values } = release;
    let current = await this.status(name, namespace);
    if (
      current?.info.status === "deployed" &&
      current.info.description === description &&
      isDeepStrictEqual(current.config ?? {}, values)
    ) {
      return "unchanged";
    }
    if (current) {
      await this.refuseForeign(release);
      current = await this.clearInterrupted(release, current);
    }
    await this.run(
      [
        ...["upgrade", name, release.chart, "--install", "--namespace", namespace],
        ...["--version", release.version, "--description", description, "--values", "-"],
        ...["--wait", "--timeout", `${release.timeout}s`, "--history-max", String(release.maxHistory)],
        ...(release.atomic ? ["--atomic"] : []),
      ],
      JSON.stringify(values),
    );
    return current ? "updated" : "created";
  }

  /** Uninstalls a release and waits until its objects are gone; does nothing if there is none. */
  async uninstall(name: string, namespace: string): Promise<void> {
    await this.run([
      "uninstall",
      name,
      "--namespace",
      namespace,
      "--ignore-not-found",
      "--wait",
      "--cascade",
      "foreground",
    ]);
  }

  /** Refuses a release of another chart: somebody else's, which an upgrade would replace. */
  private async refuseForeign({ name, namespace, description }: ReleaseInputs): Promise<void> {
    const { chart } = JSON.parse(
      await this.run(["get", "metadata", name, "--namespace", namespace, "--output", "json"]),
    ) as { chart: string };
    if (chart !== description.split(" ")[0]) {
      throw new UserError(foreignRelease(name, namespace));
    }
  }

  /**
   * Undoes what an interrupted Helm left half-done: a first install is removed, an upgrade is rolled back to the revision
   * that served before it.
   *
   * @returns The release as it is then.
   */
  private async clearInterrupted(
    { name, namespace }: ReleaseInputs,
    current: ReleaseStatus,
  ): Promise<ReleaseStatus | undefined> {
    if (current.info.status === "pending-install" || current.info.status === "uninstalling") {
      await this.uninstall(name, namespace);
      return undefined;
    }
    if (current.info.status.startsWith("pending-")) {
      await this.run(["rollback", name, "--namespace", namespace, "--wait"]);
      return this.status(name, namespace);
    }
    return current;
  }

  private async status(name: string, namespace: string): Promise<ReleaseStatus | undefined> {
    try {
      return JSON.parse(
        await this.run(["status", name, "--namespace", namespace, "--output", "json"]),
      ) as ReleaseStatus;
    } catch (error) {
      if (error instanceof UserError && error.message.includes("release: not found")) {
        return undefined;
      }
      throw error;
    }
  }

  private async run(args: string[], input?: string): Promise<string> {
    try {
      const { stdout } = await execa(this.binary, [...args, "--kubeconfig", kubeconfigFile], {
        cwd: projectFolder,
        input,
        cancelSignal: this.interrupt,
        forceKillAfterDelay: 30_000,
      });
      return stdout;
    } catch (error) {
      if (error instanceof ExecaError) {
        throw new UserError(`helm ${args[0]} ${args[1]}: ${String(error.stderr).trim() || error.shortMessage}`);
      }
      throw error;
    }
  }
}
