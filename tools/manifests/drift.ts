import * as k8s from "@kubernetes/client-node";
import { compareObject, ObjectChange, objectName } from "../../components/changes/objectChanges";
import { Manifest } from "../../components/checks/manifestFaults";
import { ObjectApi } from "../../components/cluster/objectApi";
import { addedByHand, jsonPointer, keysChangedByHand, Path, withoutPath } from "./addedByHand";
import { withoutSecrets } from "./stackManifests";

/** Field manager of the dry runs. It never owns a field, because nothing is written. */
const fieldManager = "flask-app-drift";

/** How an object in the cluster differs from its manifest. */
export interface Drift {
  change: ObjectChange;
  /** Whether it lacks something of its manifest, so that the manifest has to be applied again. */
  isIncomplete: boolean;
  /** Command that removes what was added by hand; undefined if nothing was. */
  removal?: string;
}

/** A manifest and its object in the cluster, if there is one. */
interface LiveObject {
  manifest: Manifest;
  live?: Manifest;
  /** Keys of a Secret whose values were changed by hand. */
  changedKeys: string[];
}

/**
 * Compares a cluster with the manifests of a stack by a server-side dry run: the API server answers what each object
 * would be if its manifest were applied now. What a controller, an autoscaler or an admission webhook sets is not drift.
 * What was added by hand, with kubectl for example, is. Hooks are left out: they come and go.
 *
 * The manifests' secrets are those of the cluster's Secrets. If one of them was changed by hand or deleted, only that Secret is
 * drift, not what depends on it.
 *
 * @param areSecretsKnown Whether the manifests contain the real secrets. If not, the values of Secrets and their checksum
 *   on the pods are not compared.
 * @returns The objects that differ, and whether the values of Secrets were compared.
 * @throws {k8s.ApiException} If the API server refuses to answer, for example because a right is missing.
 */
export async function findDrift(
  cluster: k8s.KubeConfig,
  manifests: Manifest[],
  areSecretsKnown: boolean,
): Promise<{ drift: Drift[]; areSecretsCompared: boolean }> {
  const api = cluster.makeApiClient(ObjectApi);
  const lasting = manifests.filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined);
  const objects = await Promise.all(
    lasting.map(async (manifest) => {
      const live = await api.find(manifest);
      return {
        manifest,
        live,
        changedKeys: live && manifest.kind === "Secret" ? keysChangedByHand(live, stored(manifest)) : [],
      };
    }),
  );
  const areSecretsCompared =
    areSecretsKnown &&
    objects.every(
      ({ manifest, live, changedKeys }) => manifest.kind !== "Secret" || (live && changedKeys.length === 0),
    );
  const drift = await Promise.all(objects.map((object) => driftOf(api, object, areSecretsCompared)));
  return { drift: drift.filter((found) => found !== undefined), areSecretsCompared };
}

async function driftOf(
  api: ObjectApi,
  { manifest, live, changedKeys }: LiveObject,
  areSecretsCompared: boolean,
): Promise<Drift | undefined> {
  const object = objectName(manifest);
  const compare = (before: Manifest | undefined, after: Manifest) =>
    compareObject(object, before && withoutServerFields(before), withoutServerFields(after), "live", "rendered");
  if (!live) {
    const change = compare(undefined, manifest);
    return change && { change, isIncomplete: true };
  }
  const applied = await dryRun(api, areSecretsCompared ? stored(manifest) : withoutSecrets(manifest), live);
  const complete = withUnknownValues(applied, changedKeys);
  const additions = addedByHand(live, stored(manifest));
  const change = compare(live, additions.reduce<Manifest>(withoutPath, complete));
  return (
    change && {
      change,
      isIncomplete: compare(live, complete) !== undefined,
      removal: additions.length > 0 ? removalCommand(live, additions) : undefined,
    }
  );
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

/** A Secret in which some values are others than in the cluster. Which ones, only Pulumi's state knows. */
function withUnknownValues(secret: Manifest, keys: string[]): Manifest {
  const unknown = keys.map((key) => [key, ""]);
  return keys.length > 0 ? { ...secret, data: { ...(secret.data as object), ...Object.fromEntries(unknown) } } : secret;
}

function removalCommand(live: Manifest, additions: Path[]): string {
  const { name, namespace } = live.metadata;
  const operations = additions
    .map((path) => ({ op: "remove", path: jsonPointer(live, path) }))
    // From the last element of a list to its first, because a removal moves those behind it.
    .sort((a, b) => b.path.localeCompare(a.path, "en", { numeric: true }));
  const scope = namespace ? ` --namespace ${namespace}` : "";
  return `kubectl patch ${live.kind.toLowerCase()} ${name}${scope} --type json --patch '${JSON.stringify(operations)}'`;
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
