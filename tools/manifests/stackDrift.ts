import * as k8s from "@kubernetes/client-node";
import { ObjectChange } from "../../components/changes/objectChanges";
import { apiMessage, versionOf } from "../../components/cluster/cluster";
import { clusterOf, ClusterSettings } from "../../components/cluster/kubeconfig";
import { forSandbox } from "../../sandbox/sandboxStack";
import { findPasswords } from "../../sandbox/inProcess";
import { kubeconfigFile, projectFolder } from "../lib/paths";
import { readStackFile, StackFileConfig } from "../lib/stackFiles";
import { UserError } from "../lib/userError";
import { findDrift } from "./drift";
import { uncommittedFiles } from "./sources";
import { allManifests, holdsCiphertext, renderStack } from "./stackManifests";

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
 * How the cluster of a stack differs from the manifests of the stack.
 *
 * @throws {UserError} If something is not committed, the cluster does not answer or refuses to, or the stack does not
 *   render.
 */
export async function stackDrift(stack: string, { sandbox, dirty }: DriftOptions): Promise<ObjectChange[]> {
  const stackFile = readStackFile(stack);
  const uncommitted = dirty ? [] : await uncommittedFiles(programFiles(stack));
  if (uncommitted.length > 0) {
    throw new UserError(`Uncommitted changes would show as drift: commit ${uncommitted.join(", ")}, or add --dirty.`);
  }
  const file = sandbox ? await forSandbox(stackFile, console.error) : stackFile;
  const cluster = clusterOf(sandbox ? { kubeconfig: kubeconfigFile } : clusterSettings(file.config));
  const kubernetes = await versionOf(cluster);
  const namespace = String(file.config["flask-app:namespace"]);
  try {
    const passwords = await findPasswords(cluster, namespace);
    const manifests = await renderStack({ stack, config: file.config, folder: projectFolder, kubernetes, passwords });
    return await findDrift(cluster, allManifests(manifests), !holdsCiphertext(file.config));
  } catch (error) {
    throw error instanceof k8s.ApiException ? new UserError(`The cluster answered: ${apiMessage(error)}`) : error;
  }
}

/** The cluster that a stack's file names. */
function clusterSettings(config: StackFileConfig): ClusterSettings {
  const kubeconfig = config["kubernetes:kubeconfig"];
  if (holdsCiphertext(kubeconfig)) {
    throw new UserError("kubernetes:kubeconfig is encrypted: set KUBECONFIG to the path of the file instead.");
  }
  return { kubeconfig, context: config["kubernetes:context"] } as ClusterSettings;
}
