import type * as k8s from "@kubernetes/client-node";
import { check, nameOf, ofKind, RailFault, RenderedStack } from "./rail";

const keepPolicy = "helm.sh/resource-policy";
const howToKeep = "set flask-app:protect";

/** Finds the claims that Helm or Kubernetes would delete, with their data, when a release or a StatefulSet is deleted. */
export function claimsNotKept(stack: RenderedStack): RailFault[] {
  const claims = ofKind<k8s.V1PersistentVolumeClaim>(stack, "PersistentVolumeClaim").flatMap((claim) => {
    const found = claim.metadata.annotations?.[keepPolicy];
    const path = `${nameOf(claim)}: metadata.annotations[${keepPolicy}]`;
    return check(found === "keep", path, found, `keep: helm uninstall would delete its data; ${howToKeep}`);
  });
  const templates = ofKind<k8s.V1StatefulSet>(stack, "StatefulSet").flatMap((set) =>
    Object.entries(set.spec?.persistentVolumeClaimRetentionPolicy ?? {}).flatMap(([field, found]) => {
      const path = `${nameOf(set)}: spec.persistentVolumeClaimRetentionPolicy.${field}`;
      return check(found === "Retain", path, found, `Retain: its data would be deleted with the pods; ${howToKeep}`);
    }),
  );
  return [...claims, ...templates];
}
