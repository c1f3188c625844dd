import * as k8s from "@kubernetes/client-node";
import { Manifest } from "../../components/checks/manifestFaults";
import { addedByHand, withoutPath } from "./addedByHand";
import { compareObject, ObjectChange, objectName } from "./changes";
import { ObjectApi } from "./objectApi";

/** The name under which the dry runs are done; nothing is ever written under it. */
const fieldManager = "flask-app-drift";

/**
 * Compares a cluster with what a stack's manifests say, by a server-side dry run: the API server says what each object
 * would be if its manifest were applied now. What others set beside it (a controller, an autoscaler, an admission
 * webhook) is no drift; what was added by hand (with kubectl and the like) is. Hooks are left out: they come and go.
 *
 * @param areSecretsKnown Whether the manifests hold the secrets as they are; if not, the content of Secrets, and the
 *   checksum of it on the pods, is not compared.
 * @throws {k8s.ApiException} If the API server refuses to answer, as for want of rights.
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
  return compareObject(object, shown(live), shown(wanted), "live", "rendered");
}

async function dryRun(api: ObjectApi, manifest: Manifest, live: Manifest): Promise<Manifest> {
  try {
    return await api.dryRunApply(manifest, fieldManager);
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 422) {
      // A field that is fixed from creation on differs: what the manifest says is what it would have to be.
      return { ...live, ...manifest, metadata: { ...live.metadata, ...manifest.metadata } };
    }
    throw error;
  }
}

/** What the API server keeps in an object for itself. */
const serverFields = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

/** An object without what the API server keeps in it for itself. */
function shown(object: Manifest): Manifest {
  const metadata = Object.entries(object.metadata).filter(([field]) => !serverFields.includes(field));
  return { ...object, status: undefined, metadata: Object.fromEntries(metadata) as Manifest["metadata"] };
}

/** A Secret as the API server stores it: what a manifest has as text is base64 there. */
function stored({ stringData, ...manifest }: Manifest): Manifest {
  const encoded = Object.entries((stringData ?? {}) as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  return stringData
    ? { ...manifest, data: { ...(manifest.data as object), ...Object.fromEntries(encoded) } }
    : manifest;
}

/** A manifest without what depends on secrets; a dry run leaves alone what it does not name. */
function withoutSecrets(manifest: Manifest): Manifest {
  const copy = structuredClone(manifest);
  delete copy.stringData;
  const { template } = (copy.spec ?? {}) as { template?: { metadata?: { annotations?: Record<string, string> } } };
  delete template?.metadata?.annotations?.["checksum/secret"];
  return copy;
}
