import * as k8s from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../config/refusal";

/** The settings of the Kubernetes provider that name a cluster, as texts; undefined where the stack does not set them. */
export interface ClusterSettings {
  /** `kubernetes:kubeconfig`: a file's path, or the file's content. */
  kubeconfig?: string;
  /** `kubernetes:context`. */
  context?: string;
}

/** Milliseconds after which a cluster that says nothing counts as one that does not answer. */
const patience = 15_000;

/**
 * The cluster of a stack, as the Kubernetes provider finds it: by its settings, else by what KUBECONFIG or
 * `~/.kube/config` says.
 *
 * @throws {Refusal} If there is no kubeconfig that can be read, or no such context in it.
 */
export function clusterOf({ kubeconfig, context }: ClusterSettings): k8s.KubeConfig {
  const cluster = new k8s.KubeConfig();
  try {
    if (kubeconfig === undefined) {
      cluster.loadFromDefault();
    } else if (kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{")) {
      cluster.loadFromString(kubeconfig);
    } else {
      cluster.loadFromFile(kubeconfig);
    }
  } catch (error) {
    throw new Refusal(`The kubeconfig cannot be read: ${(error as Error).message}`);
  }
  if (context !== undefined) {
    const known = cluster.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new Refusal(
        `The kubeconfig has no context ${JSON.stringify(context)}; it has ${known.join(", ") || "none"}.`,
      );
    }
    cluster.setCurrentContext(context);
  }
  return cluster;
}

/**
 * The cluster of the stack whose program runs.
 *
 * @throws {Refusal} As {@link clusterOf}.
 */
export function stackCluster(): k8s.KubeConfig {
  const settings = new pulumi.Config("kubernetes");
  return clusterOf({ kubeconfig: settings.get("kubeconfig"), context: settings.get("context") });
}

/**
 * Asks a cluster something.
 *
 * @throws {Refusal} If it does not answer within 15 seconds, or refuses to.
 */
export async function ask<T>(cluster: k8s.KubeConfig, question: (cluster: k8s.KubeConfig) => Promise<T>): Promise<T> {
  const name = `The cluster of the context ${cluster.getCurrentContext()} (${cluster.getCurrentCluster()?.server})`;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience);
  });
  try {
    return await Promise.race([question(cluster), silence]);
  } catch (error) {
    if (error instanceof k8s.ApiException) {
      const hint = error.code === 401 ? " Its credentials are wrong or have expired: log in to the cluster again." : "";
      throw new Refusal(`${name} refuses: ${apiMessage(error)}.${hint}`);
    }
    const { message, cause } = error as Error & { cause?: Error };
    const reason = (cause?.message ?? message).replace(/^request to \S+ failed, reason: /, "");
    throw new Refusal(`${name} does not answer: ${reason}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Version of a cluster, such as `v1.37.2`. */
export async function versionOf(cluster: k8s.KubeConfig): Promise<string> {
  return ask(cluster, async () => (await cluster.makeApiClient(k8s.VersionApi).getCode()).gitVersion);
}

/** What the API server said, out of its Status object. */
export function apiMessage({ code, body }: k8s.ApiException<unknown>): string {
  try {
    return (JSON.parse(String(body)) as { message: string }).message;
  } catch {
    return `HTTP ${code}`;
  }
}
