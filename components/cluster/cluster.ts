import * as k8s from "@kubernetes/client-node";
import { Refusal } from "../config/refusal";

const timeoutSeconds = 15;

/**
 * Sends a request to a cluster.
 *
 * @throws {Refusal} If the cluster does not answer within 15 seconds, or rejects the request.
 */
export async function request<T>(cluster: k8s.KubeConfig, send: (cluster: k8s.KubeConfig) => Promise<T>): Promise<T> {
  const name = `The cluster of ${describe(cluster)}`;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutSeconds} s`)), timeoutSeconds * 1000);
  });
  try {
    return await Promise.race([send(cluster), timeout]);
  } catch (error) {
    if (error instanceof k8s.ApiException) {
      const hint =
        error.code === 401 ? " Your credentials are wrong or have expired: log in to the cluster again." : "";
      throw new Refusal(`${name} refused the request: ${apiMessage(error)}.${hint}`);
    }
    const { message, cause } = error as Error & { cause?: Error };
    const reason = (cause?.message ?? message).replace(/^request to \S+ failed, reason: /, "");
    throw new Refusal(`${name} does not answer: ${reason}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Context and server of a cluster, such as `the context production (https://10.0.0.1)`. */
export function describe(cluster: k8s.KubeConfig): string {
  return `the context ${cluster.getCurrentContext()} (${cluster.getCurrentCluster()?.server})`;
}

/** Version of a cluster, such as `v1.37.2`. */
export async function versionOf(cluster: k8s.KubeConfig): Promise<string> {
  return request(cluster, async () => (await cluster.makeApiClient(k8s.VersionApi).getCode()).gitVersion);
}

/** The message in the API server's Status object. */
export function apiMessage({ code, body }: k8s.ApiException<unknown>): string {
  try {
    return (JSON.parse(String(body)) as { message: string }).message;
  } catch {
    return `HTTP ${code}`;
  }
}
