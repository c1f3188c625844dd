import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { Refusal } from "../config/refusal";

/** Settings of the Kubernetes provider that select a cluster; undefined where the stack does not set them. */
export interface ClusterSettings {
  /** `kubernetes:kubeconfig`: path of a file, or the file's content. */
  kubeconfig?: string;
  /** `kubernetes:context`. */
  context?: string;
  /** `kubernetes:cluster`: another cluster of the kubeconfig than the context's. */
  cluster?: string;
}

/**
 * Finds a cluster as the Kubernetes provider and kubectl do: by the settings, else by KUBECONFIG or `~/.kube/config`.
 *
 * @throws {Refusal} If there is no kubeconfig, if it cannot be read, or if it does not have the context.
 */
export function clusterOf(settings: ClusterSettings): k8s.KubeConfig {
  const { kubeconfig, context } = settings;
  const cluster = kubeconfig === undefined ? defaultKubeconfig() : kubeconfigOf(kubeconfig);
  const known = cluster.getContexts().map(({ name }) => name);
  const wanted = context ?? cluster.getCurrentContext();
  if (!wanted) {
    throw new Refusal(
      "The kubeconfig has no current context: run `kubectl config use-context`, or set kubernetes:context.",
    );
  }
  if (!known.includes(wanted)) {
    throw new Refusal(`The kubeconfig has no context ${JSON.stringify(wanted)}; it has ${known.join(", ") || "none"}.`);
  }
  cluster.setCurrentContext(wanted);
  if (settings.cluster !== undefined) {
    const { name, user, namespace } = cluster.getContextObject(wanted)!;
    cluster.contexts = [{ name, user, namespace, cluster: settings.cluster }];
  }
  return cluster;
}

/**
 * Merges the files of KUBECONFIG as kubectl does: the first file that sets a name or the current context wins, and missing
 * files are skipped. (The client library refuses a name that occurs twice.)
 */
function defaultKubeconfig(): k8s.KubeConfig {
  const files = (process.env.KUBECONFIG ?? "").split(path.delimiter).filter(Boolean);
  const found = files.length > 1 ? files.filter((file) => fs.existsSync(file)) : files;
  const [merged, ...others] = found.map(kubeconfigOf);
  if (!merged) {
    if (files.length > 0) {
      throw new Refusal(`None of the files in KUBECONFIG exists: ${files.join(", ")}.`);
    }
    return homeKubeconfig();
  }
  for (const other of others) {
    const isNew = (kind: "clusters" | "users" | "contexts") => {
      const names = merged[kind].map(({ name }) => name);
      return ({ name }: { name: string }) => !names.includes(name);
    };
    merged.clusters = [...merged.clusters, ...other.clusters.filter(isNew("clusters"))];
    merged.users = [...merged.users, ...other.users.filter(isNew("users"))];
    merged.contexts = [...merged.contexts, ...other.contexts.filter(isNew("contexts"))];
    merged.currentContext ||= other.currentContext;
  }
  return merged;
}

/** `~/.kube/config`, or the service account of the pod that this runs in. */
function homeKubeconfig(): k8s.KubeConfig {
  const cluster = new k8s.KubeConfig();
  cluster.loadFromDefault();
  // The library's last resort is a server on this machine, which nobody means.
  if (cluster.getCurrentCluster()?.server === "http://localhost:8080") {
    throw new Refusal(
      "There is no kubeconfig: log in to a cluster, or name a file in KUBECONFIG or in kubernetes:kubeconfig.",
    );
  }
  return cluster;
}

/** @param kubeconfig Path of a file, or the file's content. */
function kubeconfigOf(kubeconfig: string): k8s.KubeConfig {
  const isContent = kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{");
  const source = isContent ? "The kubeconfig" : `The kubeconfig ${kubeconfig}`;
  const cluster = new k8s.KubeConfig();
  try {
    const content = isContent ? kubeconfig : fs.readFileSync(kubeconfig, "utf8");
    if (content.trim() === "") {
      throw new Refusal(`${source} is empty.`);
    }
    if (isContent) {
      cluster.loadFromString(content);
    } else {
      // By its file, so that paths in it are relative to it.
      cluster.loadFromFile(kubeconfig);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(`${source} cannot be read: ${firstLine(error as Error)}`);
  }
  return cluster;
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0];
}
