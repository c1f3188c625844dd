import * as pulumi from "@pulumi/pulumi";
import { StackConfig } from "../config/config.generated";
import { ConfigFault, InvalidConfigError } from "../config/configFault";
import type { LiveRelease } from "../cluster/liveReleases";
import { runsOnMocks } from "../mocks";
import { Refusal } from "../config/refusal";

/**
 * Checks, before anything is changed, what neither the engine nor the Kubernetes provider looks at: that the cluster
 * answers (else a preview is green while it is gone), that no release was left half-done by a run that was cut off (else
 * `pulumi up` may take it for unchanged), and that the databases' data stays in use.
 *
 * Does nothing on Pulumi mocks, which have no cluster.
 *
 * @throws {Refusal} With what is wrong, and the commands that put it right.
 */
export async function checkCluster(config: StackConfig): Promise<void> {
  if (runsOnMocks()) {
    return;
  }
  // Loaded here, since a client of Kubernetes takes as long to load as Pulumi's packages together.
  const [{ stackCluster }, { liveReleases }] = await Promise.all([
    import("../cluster/cluster"),
    import("../cluster/liveReleases"),
  ]);
  const releases = await liveReleases(stackCluster(), config.namespace);
  const commands = recoveryCommands(releases, config);
  if (commands.length > 0) {
    throw new Refusal(
      [
        "A deployment is under way, or was cut off and left a release half-done. If none runs any more, this puts it right; then try again:",
        ...commands.map((command) => `  ${command}`),
      ].join("\n"),
    );
  }
  const faults = dataFaults(releases, config);
  if (faults.length > 0) {
    const project = pulumi.getProject();
    throw new InvalidConfigError(
      pulumi.getStack(),
      faults.map((fault) => ({ ...fault, path: `${project}:${fault.path}` })),
    );
  }
}

/** The commands after which Helm takes the stack's half-done releases on again; none if there is no such release. */
export function recoveryCommands(
  releases: Map<string, LiveRelease>,
  { releaseName, namespace }: StackConfig,
): string[] {
  return ["", "-postgresql", "-redis"]
    .map((suffix) => releases.get(`${releaseName}${suffix}`))
    .filter((release) => release !== undefined)
    .filter(isHalfDone)
    .map((release) => recoveryCommand(release, namespace));
}

function isHalfDone({ status }: LiveRelease): boolean {
  return status.startsWith("pending-") || status === "uninstalling";
}

function recoveryCommand({ name, lastDeployed, status }: LiveRelease, namespace: string): string {
  return lastDeployed && status !== "uninstalling"
    ? `helm rollback ${name} ${lastDeployed.revision} --namespace ${namespace} --wait`
    : `helm uninstall ${name} --namespace ${namespace} --wait`;
}

/** Where each database's values are that its data is made with, and what part of the config says them. */
const madeWith = {
  postgresql: {
    "storage.size": ["primary", "persistence", "size"],
    "storage.class": ["primary", "persistence", "storageClass"],
    username: ["auth", "username"],
    database: ["auth", "database"],
  },
  redis: {
    "storage.size": ["master", "persistence", "size"],
    "storage.class": ["master", "persistence", "storageClass"],
  },
} as const;

/**
 * What the config says otherwise than the running databases were made: a StatefulSet's claim is fixed from its creation,
 * and PostgreSQL makes user and database in its first start alone.
 *
 * @returns Faults whose paths leave out the project's name.
 */
export function dataFaults(releases: Map<string, LiveRelease>, config: StackConfig): ConfigFault[] {
  return config.allowDataChange
    ? []
    : Object.entries(madeWith).flatMap(([database, fields]) => {
        const live = releases.get(`${config.releaseName}-${database}`)?.lastDeployed?.values;
        if (!live) {
          return [];
        }
        const { inCluster } = config[database as keyof typeof madeWith];
        if (!inCluster) {
          return [
            {
              path: `${database}.external`,
              problem: `would delete the database that runs in the cluster, with its data; ${explicitly}`,
            },
          ];
        }
        return Object.entries(fields).flatMap(([key, path]: [string, readonly string[]]) => {
          const wanted = valueAt(inCluster, key.split(".")) ?? "";
          const found = valueAt(live, path) ?? "";
          return wanted === found
            ? []
            : [
                {
                  path: `${database}.inCluster.${key}`,
                  problem: `found ${JSON.stringify(wanted)}, but the database that runs was made with ${JSON.stringify(found)}, which an upgrade cannot change; ${explicitly}`,
                },
              ];
        });
      });
}

const explicitly =
  "docs/runbook.md tells how its data moves along; once it has, or if it may be lost: set flask-app:allowDataChange to true for one deployment";

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], value);
}
