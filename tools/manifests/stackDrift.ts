import { request } from "../../components/cluster/cluster";
import { readStackFile } from "../lib/stackFiles";
import { UserError } from "../lib/userError";
import { changesSinceDeployment, ClusterStack, renderForCluster } from "./clusterStack";
import { Drift, findDrift } from "./drift";
import { objectName } from "../../components/changes/objectChanges";
import { Difference } from "./report";
import { uncommittedFiles } from "./sources";
import { allManifests, RenderedRelease } from "./stackManifests";

/** What to compare a stack with. */
export interface DriftOptions {
  /** Compare with the sandbox instead of the stack's own cluster. */
  sandbox?: boolean;
  /** Accept uncommitted changes, which then show as drift. */
  dirty?: boolean;
}

/** The files that decide what a stack's manifests are. */
const programFiles = (stack: string) => ["chart", "components", "index.ts", `Pulumi.${stack}.yaml`];

/**
 * How the cluster of a stack differs from the manifests of the stack, and the commands that undo it.
 *
 * @throws {UserError} If something is not committed, or the stack does not render.
 * @throws {Refusal} If the cluster does not answer, or rejects a request.
 */
export async function stackDrift(stack: string, { sandbox, dirty }: DriftOptions): Promise<Difference> {
  readStackFile(stack);
  const uncommitted = dirty ? [] : await uncommittedFiles(programFiles(stack));
  if (uncommitted.length > 0) {
    throw new UserError(`Uncommitted changes would show as drift: commit ${uncommitted.join(", ")}, or add --dirty.`);
  }
  const rendered = await renderForCluster(stack, sandbox);
  const { drift, areSecretsCompared } = await request(rendered.cluster, (cluster) =>
    findDrift(cluster, allManifests(rendered.manifests), rendered.areSecretsKnown),
  );
  const commands = repairCommands(stack, drift, { ...rendered, areSecretsKnown: areSecretsCompared });
  return {
    changes: drift.map(({ change }) => change),
    notes: commands.length > 0 ? ["To undo this:", ...commands.map((command) => `  ${command}`)] : [],
  };
}

/** Commands that undo drift, in the order in which to run them. */
function repairCommands(stack: string, drift: Drift[], rendered: ClusterStack): string[] {
  const incomplete = drift.filter(({ isIncomplete }) => isIncomplete).map(({ change }) => change.object);
  const hasDrift = ({ manifests }: RenderedRelease) => manifests.some((one) => incomplete.includes(objectName(one)));
  const undeployed = changesSinceDeployment(rendered).map(({ object }) => object);
  const rollbacks: string[] = [];
  let isUpNeeded = rendered.manifests.plain.some((manifest) => incomplete.includes(objectName(manifest)));
  for (const { inputs, manifests } of rendered.manifests.releases.filter(hasDrift)) {
    // Helm restores what it deployed. Only Pulumi deploys something else.
    if (manifests.some((manifest) => undeployed.includes(objectName(manifest)))) {
      isUpNeeded = true;
    } else {
      const { name, namespace } = inputs;
      rollbacks.push(`helm rollback ${name} ${rendered.live.get(name)?.revision} --namespace ${namespace} --wait`);
    }
  }
  return [
    // Before anything else moves the elements of lists.
    ...drift.flatMap(({ removal }) => removal ?? []),
    // Forced, because the API server calls a field that kubectl has changed a conflict.
    ...(isUpNeeded ? [`PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up --refresh --stack ${stack}`] : []),
    ...rollbacks,
  ];
}
