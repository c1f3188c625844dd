import { gunzipSync } from "zlib";
import * as k8s from "@kubernetes/client-node";
import { ask } from "./cluster";

/** A Helm release as the cluster has it. */
export interface LiveRelease {
  name: string;
  /** Number of the newest revision, from 1. */
  revision: number;
  /** Helm's word for that revision's state: `deployed`, `failed`, `pending-upgrade`… */
  status: string;
  /** Names of the Secrets in which Helm keeps its revisions. */
  records: string[];
  /** The newest revision that was ever deployed; undefined before the first. */
  lastDeployed?: DeployedRevision;
}

/** A revision of a release that was deployed. */
export interface DeployedRevision {
  revision: number;
  /** The values that it was given. */
  values: Record<string, unknown>;
  /** What whoever deployed it said of it. */
  description: string;
}

/**
 * The Helm releases of a namespace, by their names. Helm keeps a Secret for each revision of a release
 * (https://helm.sh/docs/topics/advanced/#storage-backends); none are there if the namespace is not.
 *
 * @throws {Refusal} If the cluster does not answer, or refuses to.
 */
export async function liveReleases(cluster: k8s.KubeConfig, namespace: string): Promise<Map<string, LiveRelease>> {
  const { items } = await ask(cluster, () =>
    cluster.makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace, labelSelector: "owner=helm" }),
  );
  const revisions = items
    .map(({ metadata, data }) => ({
      name: metadata?.labels?.name ?? "",
      revision: Number(metadata?.labels?.version),
      status: metadata?.labels?.status ?? "unknown",
      record: data?.release ?? "",
      secretName: metadata?.name ?? "",
    }))
    .sort((a, b) => a.revision - b.revision);
  const releases = new Map<string, LiveRelease>();
  for (const { name, revision, status, record, secretName } of revisions) {
    const wasDeployed = status === "deployed" || status === "superseded";
    const lastDeployed = wasDeployed ? { revision, ...decode(record) } : releases.get(name)?.lastDeployed;
    const records = [...(releases.get(name)?.records ?? []), secretName];
    releases.set(name, { name, revision, status, records, lastDeployed });
  }
  return releases;
}

/** Deletes Helm's records of a release, so that Helm knows nothing of it; its objects stay as they are. */
export async function forgetRelease(cluster: k8s.KubeConfig, namespace: string, release: LiveRelease): Promise<void> {
  const core = cluster.makeApiClient(k8s.CoreV1Api);
  for (const name of release.records) {
    await ask(cluster, () => core.deleteNamespacedSecret({ namespace, name }));
  }
}

/** What Helm's record of a revision says: JSON, zipped, in base64, in the base64 of a Secret. */
function decode(record: string): Omit<DeployedRevision, "revision"> {
  const zipped = Buffer.from(Buffer.from(record, "base64").toString(), "base64");
  const { config, info } = JSON.parse(gunzipSync(zipped).toString()) as {
    config?: Record<string, unknown>;
    info: { description: string };
  };
  return { values: config ?? {}, description: info.description };
}
