import { isDeepStrictEqual } from "util";
import { Manifest } from "../../components/checks/manifestFaults";

/** What a change does beyond itself. */
export type Impact = "restarts pods" | "replaces" | "touches data";

type Spec = Record<string, unknown>;

/** Kinds whose pods are replaced, one after the other, when the template of their pods changes. */
const workloads = ["Deployment", "StatefulSet", "DaemonSet"];

/**
 * The fields of a kind's spec that the API server lets change; every other is fixed from its creation on, so that an
 * upgrade fails until the object is deleted. Sources: the validation that Kubernetes does of each kind's update
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/, …/storage/persistent-volumes/).
 */
const changeable: Record<string, string[]> = {
  StatefulSet: [
    ...["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "minReadySeconds"],
    "persistentVolumeClaimRetentionPolicy",
  ],
  PersistentVolumeClaim: ["resources", "volumeAttributesClassName"],
  Job: ["parallelism", "suspend", "ttlSecondsAfterFinished", "activeDeadlineSeconds"],
};
/** Fields that are fixed though the others of the kind are not. */
const fixed: Record<string, string[]> = {
  Deployment: ["selector"],
  DaemonSet: ["selector"],
  Service: ["clusterIP"],
};

/**
 * What happens in the cluster when an object changes, comes (`before` is undefined) or goes (`after` is undefined).
 */
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
  if (!isHook && changed.some((field) => isFixed(kind, field))) {
    impacts.push("replaces");
  }
  const otherData = changed.includes("volumeClaimTemplates") || !isDeepStrictEqual(images(before), images(after));
  if (kind === "PersistentVolumeClaim" || (kind === "StatefulSet" && otherData)) {
    impacts.push("touches data");
  }
  return impacts;
}

/** Images of a workload: another one may read the data on disk in another way. */
function images({ spec }: Manifest): unknown[] {
  const template = (spec as { template?: { spec?: { containers?: { image: unknown }[] } } } | undefined)?.template;
  return (template?.spec?.containers ?? []).map(({ image }) => image);
}

function isFixed(kind: string, field: string): boolean {
  return changeable[kind] ? !changeable[kind].includes(field) : (fixed[kind] ?? []).includes(field);
}

function changedFields(before: Spec = {}, after: Spec = {}): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].filter((field) => !isDeepStrictEqual(before[field], after[field]));
}
