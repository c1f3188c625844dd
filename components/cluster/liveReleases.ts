import { gunzipSync } from "zlib";
import * as k8s from "@kubernetes/client-node";
import { request } from "./cluster";

/** A Helm release in a cluster. */
export interface LiveRelease {
  name: string;
  /** Number of the newest revision, from 1. */
  revision: number;
  /** Helm's status of that revision: `deployed`, `failed`, `pending-upgrade`… */
  status: string;
  /** Names of the Secrets that hold its revisions. */
  records: string[];
  /** The newest revision that was ever deployed; undefined if none was. */
  lastDeployed?: DeployedRevision;
  /** Values of the first revision, if the release was never deployed. */
  failedInstall?: Record<string, unknown>;
}

/** A revision of a release that was deployed. */
export interface DeployedRevision {
  revision: number;
  /** Values that it was deployed with. */
  values: Record<string, unknown>;
  /** Its `--description`. */
  description: string;
  /** Its manifests as Helm rendered them, hooks included: YAML documents. */
  manifests: string;
}

/**
 * Lists the Helm releases of a namespace by name; a namespace that does not exist has none. Helm keeps each revision in a
 * Secret (https://helm.sh/docs/topics/advanced/#storage-backends).
 *
 * @throws {Refusal} If the cluster does not answer, or rejects the request.
 */
export async function liveReleases(cluster: k8s.KubeConfig, namespace: string): Promise<Map<string, LiveRelease>> {
  const { items } = await request(cluster, () =>
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
  const names = new Set(revisions.map(({ name }) => name));
  return new Map(
    [...names].map((name) => {
      const all = revisions.filter((revision) => revision.name === name);
      const { revision, status } = all[all.length - 1];
      const deployed = all.filter(({ status }) => status === "deployed" || status === "superseded").pop();
      const lastDeployed = deployed && { revision: deployed.revision, ...decode(deployed.record) };
      const records = all.map(({ secretName }) => secretName);
      const what = lastDeployed ? { lastDeployed } : { failedInstall: decode(all[0].record).values };
      return [name, { name, revision, status, records, ...what }];
    }),
  );
}

/** Deletes Helm's records of a release, so that Helm forgets it. Its objects stay as they are. */
export async function forgetRelease(cluster: k8s.KubeConfig, namespace: string, release: LiveRelease): Promise<void> {
  const core = cluster.makeApiClient(k8s.CoreV1Api);
  for (const name of release.records) {
    await request(cluster, () => core.deleteNamespacedSecret({ namespace, name }));
  }
}

/** Decodes Helm's record of a revision: gzipped JSON in base64, in the base64 of a Secret. */
function decode(record: string): Omit<DeployedRevision, "revision"> {
  const zipped = Buffer.from(Buffer.from(record, "base64").toString(), "base64");
  const { config, info, manifest, hooks } = JSON.parse(gunzipSync(zipped).toString()) as {
    config?: Record<string, unknown>;
    info: { description: string };
    manifest?: string;
    hooks?: { manifest: string }[];
  };
  const manifests = [manifest ?? "", ...(hooks ?? []).map((hook) => hook.manifest)].join("\n---\n");
  return { values: config ?? {}, description: info.description, manifests };
}
