import * as k8s from "@kubernetes/client-node";
import { compareObject, ObjectChange, objectName } from "../../components/changes/objectChanges";
import { Manifest } from "../../components/checks/manifestFaults";
import { addedByHand, withoutPath } from "./addedByHand";
import { ObjectApi } from "../../components/cluster/objectApi";

/** Field manager of the dry runs. It never owns a field, because nothing is written. */
const fieldManager = "flask-app-drift";

/**
 * Compares a cluster with the manifests of a stack by a server-side dry run: the API server answers what each object
 * would be if its manifest were applied now. What a controller, an autoscaler or an admission webhook sets is not drift.
 * What was added by hand, with kubectl for example, is. Hooks are left out: they come and go.
 *
 * @param areSecretsKnown Whether the manifests contain the real secrets. If not, the values of Secrets and their checksum
 *   on the pods are not compared.
 * @throws {k8s.ApiException} If the API server refuses to answer, for example because a right is missing.
 */
export async function findDrift(
  cluster: k8s.KubeConfig,
  manifests: Manifest[],
  areSecretsKnown: boolean,
): Promise<ObjectChange[]> {
  const api = cluster.makeApiClient(ObjectApi);
  const lasting = manifests.filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined);
  const changes = await Promise.all(
    lasting.map((manifest) => driftOf(api, areSecretsKnown ? stored(manifest) : withoutSecrets(manifest))),
  );
  return changes.filter((change) => change !== undefined);
}

async function driftOf(api: ObjectApi, manifest: Manifest): Promise<ObjectChange | undefined> {
  const object = objectName(manifest);
  const live = await api.find(manifest);
  if (!live) {
    return compareObject(object, undefined, manifest, "live", "rendered");
  }
  const rendered = await dryRun(api, manifest, live);
  const byHand = addedByHand(live, manifest);
  const wanted = byHand.reduce<Manifest>(withoutPath, rendered);
  return compareObject(object, withoutServerFields(live), withoutServerFields(wanted), "live", "rendered");
}

async function dryRun(api: ObjectApi, manifest: Manifest, live: Manifest): Promise<Manifest> {
  try {
    return await api.apply(manifest, fieldManager, "All");
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 422) {
      // An immutable field differs. The object would have to be what the manifest says.
      return { ...live, ...manifest, metadata: { ...live.metadata, ...manifest.metadata } };
    }
    throw error;
  }
}

/** Metadata that the API server writes. */
const serverFields = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

/** An object without what the API server writes into it. */
function withoutServerFields(object: Manifest): Manifest {
  const metadata = Object.entries(object.metadata).filter(([field]) => !serverFields.includes(field));
  return { ...object, status: undefined, metadata: Object.fromEntries(metadata) as Manifest["metadata"] };
}

/** A Secret as the API server stores it: with `stringData` as base64 in `data`. */
function stored({ stringData, ...manifest }: Manifest): Manifest {
  const encoded = Object.entries((stringData ?? {}) as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  return stringData
    ? { ...manifest, data: { ...(manifest.data as object), ...Object.fromEntries(encoded) } }
    : manifest;
}

/** A manifest without what depends on secrets. A dry run does not change what the manifest leaves out. */
function withoutSecrets(manifest: Manifest): Manifest {
  const copy = structuredClone(manifest);
  delete copy.stringData;
  const { template } = (copy.spec ?? {}) as { template?: { metadata?: { annotations?: Record<string, string> } } };
  delete template?.metadata?.annotations?.["checksum/secret"];
  return copy;
}
