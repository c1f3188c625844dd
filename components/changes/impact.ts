import { isDeepStrictEqual } from "util";
import { Manifest } from "../checks/manifestFaults";

/** What else a change of an object does in the cluster. */
export type Impact = "restarts pods" | "replaces" | "touches data";

type Spec = Record<string, unknown>;

/** Kinds whose pods are replaced, one after the other, when their pod template changes. */
const workloads = ["Deployment", "StatefulSet", "DaemonSet"];

/**
 * The mutable fields of a kind's spec. All others are immutable: an upgrade that changes one fails until the object is
 * deleted. Sources: how Kubernetes validates an update of each kind
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/, …/storage/persistent-volumes/).
 */
const mutable: Record<string, string[]> = {
  StatefulSet: [
    ...["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "minReadySeconds"],
    "persistentVolumeClaimRetentionPolicy",
  ],
  PersistentVolumeClaim: ["resources", "volumeAttributesClassName"],
  Job: ["parallelism", "suspend", "ttlSecondsAfterFinished", "activeDeadlineSeconds"],
};
/** The immutable fields of kinds whose other fields are mutable. */
const immutable: Record<string, string[]> = {
  Deployment: ["selector"],
  DaemonSet: ["selector"],
  Service: ["clusterIP"],
};

/** What happens in the cluster when an object is changed, added (`before` is undefined) or removed (`after` is). */
export function impactsOf(before: Manifest | undefined, after: Manifest | undefined): Impact[] {
  const kind = (after ?? before)?.kind ?? "";
  if (!before) {
    return [];
  }
  if (!after) {
    return ["PersistentVolumeClaim", "StatefulSet", "Namespace"].includes(kind) ? ["touches data"] : [];
  }
  const changed = changedFields(before.spec as Spec | undefined, after.spec as Spec | undefined);
  const impacts: Impact[] = [];
  if (workloads.includes(kind) && changed.includes("template")) {
    impacts.push("restarts pods");
  }
  const isHook = after.metadata.annotations?.["helm.sh/hook"] !== undefined;
  if (!isHook && changed.some((field) => isImmutable(kind, field))) {
    impacts.push("replaces");
  }
  const isDataAtRisk = changed.includes("volumeClaimTemplates") || !isDeepStrictEqual(images(before), images(after));
  if (kind === "PersistentVolumeClaim" || (kind === "StatefulSet" && isDataAtRisk)) {
    impacts.push("touches data");
  }
  return impacts;
}

/** Images of a workload. A different image may read the data on disk differently. */
function images({ spec }: Manifest): unknown[] {
  const template = (spec as { template?: { spec?: { containers?: { image: unknown }[] } } } | undefined)?.template;
  return (template?.spec?.containers ?? []).map(({ image }) => image);
}

function isImmutable(kind: string, field: string): boolean {
  return mutable[kind] ? !mutable[kind].includes(field) : (immutable[kind] ?? []).includes(field);
}

function changedFields(before: Spec = {}, after: Spec = {}): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter((field) => !isDeepStrictEqual(before[field], after[field]));
}
