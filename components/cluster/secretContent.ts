import type { KubeConfig } from "@kubernetes/client-node";
import { request } from "./cluster";
import { ObjectApi } from "./objectApi";

/**
 * Reads a Secret of the cluster.
 *
 * @returns Its values in plain text, by key; undefined if the Secret does not exist.
 * @throws {Refusal} If the cluster does not answer, or rejects the request.
 */
export async function secretContent(
  cluster: KubeConfig,
  namespace: string,
  name: string,
): Promise<Record<string, string> | undefined> {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
  const found = await request(cluster, (config) => config.makeApiClient(ObjectApi).find(secret));
  const data = (found?.data ?? {}) as Record<string, string>;
  const values = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]);
  return found && (Object.fromEntries(values) as Record<string, string>);
}
