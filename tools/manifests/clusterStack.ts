import * as k8s from "@kubernetes/client-node";
import { compare, ObjectChange } from "../../components/changes/objectChanges";
import { Manifest } from "../../components/checks/manifestFaults";
import { request, versionOf } from "../../components/cluster/cluster";
import { clusterOf, ClusterSettings } from "../../components/cluster/kubeconfig";
import { LiveRelease, liveReleases } from "../../components/cluster/liveReleases";
import { secretContent } from "../../components/cluster/secretContent";
import { findPasswords } from "../../sandbox/inProcess";
import { forSandbox } from "../../sandbox/sandboxStack";
import { kubeconfigFile, projectFolder } from "../lib/paths";
import { readStackFile, StackFileConfig } from "../lib/stackFiles";
import { UserError } from "../lib/userError";
import { holdsCiphertext, releaseManifests, renderStack, StackManifests, withoutSecrets } from "./stackManifests";

/** A stack and the cluster that it is deployed to. */
export interface ClusterStack {
  cluster: k8s.KubeConfig;
  /** What the stack is now, rendered for the cluster's version and with the passwords in its Secrets. */
  manifests: StackManifests;
  /** Whether the manifests hold the real secrets. If not, the stack's file holds encrypted values. */
  areSecretsKnown: boolean;
  /** The Helm releases in the stack's namespace, by name. */
  live: Map<string, LiveRelease>;
}

/**
 * Renders a stack for the cluster that it is deployed to.
 *
 * @param sandbox Use the sandbox instead of the stack's own cluster.
 * @throws {UserError} If the stack does not render.
 * @throws {Refusal} If the cluster does not answer, or rejects a request.
 */
export async function renderForCluster(stack: string, sandbox = false): Promise<ClusterStack> {
  const stackFile = readStackFile(stack);
  const { config } = sandbox ? await forSandbox(stackFile, console.error) : stackFile;
  const cluster = clusterOf(sandbox ? { kubeconfig: kubeconfigFile } : clusterSettings(config));
  const kubernetes = await versionOf(cluster);
  const namespace = String(config["flask-app:namespace"]);
  const passwords = await request(cluster, () => findPasswords(cluster, namespace));
  const readSecret = (ofNamespace: string, name: string) => secretContent(cluster, ofNamespace, name);
  const rendering = { stack, config, folder: projectFolder, kubernetes, passwords, readSecret };
  const manifests = await renderStack(rendering);
  const live = await liveReleases(cluster, namespace);
  return { cluster, manifests, areSecretsKnown: !holdsCiphertext(config), live };
}

/** How the releases of a stack differ from what Helm deployed last. */
export function changesSinceDeployment({ manifests, areSecretsKnown, live }: ClusterStack): ObjectChange[] {
  const comparable = (all: Manifest[]) => (areSecretsKnown ? all : all.map(withoutSecrets));
  return manifests.releases.flatMap((release) => {
    const { name, namespace } = release.inputs;
    const deployed = releaseManifests(live.get(name)?.lastDeployed?.manifests ?? "", namespace);
    return compare(comparable(deployed), comparable(release.manifests), "deployed", "now");
  });
}

/** The cluster that a stack's file names. */
function clusterSettings(config: StackFileConfig): ClusterSettings {
  const kubeconfig = config["kubernetes:kubeconfig"];
  if (holdsCiphertext(kubeconfig)) {
    throw new UserError("kubernetes:kubeconfig is encrypted: set KUBECONFIG to the path of the file instead.");
  }
  return {
    kubeconfig,
    context: config["kubernetes:context"],
    cluster: config["kubernetes:cluster"],
  } as ClusterSettings;
}
