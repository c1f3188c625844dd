/** What a scanner may find in production, because it stays as it is. */
export interface ScannerException {
  /** The check, as kube-score or checkov calls it. */
  checks: string[];
  /** The objects. */
  objects: RegExp;
  reason: string;
}

const databases = /flask-prod-(postgresql|redis-master)/;
const any = /./;

/** The exceptions of all scanners. */
export const scannerExceptions: ScannerException[] = [
  {
    checks: ["container-image-pull-policy", "CKV_K8S_15"],
    objects: any,
    reason: "a tag is a version that is never pushed again; IfNotPresent starts pods without the registry",
  },
  { checks: ["CKV_K8S_43"], objects: any, reason: "a version is enough; a digest is possible, see docs/mirror.md" },
  { checks: ["CKV_K8S_35"], objects: any, reason: "the guide's app reads its environment" },
  {
    checks: ["deployment-has-host-podantiaffinity"],
    objects: /flask-prod-flask-app/,
    reason: "topologySpreadConstraints spread the pods over nodes; kube-score looks for anti-affinity only",
  },
  {
    checks: ["networkpolicy-targets-pod"],
    objects: /flask-prod-acme-solver/,
    reason: "cert-manager creates the pods that it selects",
  },
  {
    checks: ["CKV_K8S_8", "CKV_K8S_9"],
    objects: /flask-prod-flask-app-test/,
    reason: "the pod of `helm test` serves nothing",
  },
  {
    checks: ["container-security-context-user-group-id", "CKV_K8S_40"],
    objects: databases,
    reason: "user 1001 and group 0 own the files in Bitnami's images and in their volumes",
  },
  {
    checks: ["container-security-context-readonlyrootfilesystem", "CKV_K8S_22"],
    objects: databases,
    reason: "Bitnami's images write their configuration at start",
  },
  {
    checks: ["container-resources", "CKV_K8S_11"],
    objects: databases,
    reason: "a CPU limit would only slow queries down; a memory limit is set",
  },
  {
    checks: ["container-ephemeral-storage-request-and-limit"],
    objects: databases,
    reason: "databases write to their volumes",
  },
  {
    checks: ["CKV_K8S_38"],
    objects: databases,
    reason: "the service accounts withhold their tokens, which checkov looks for in pods only",
  },
  {
    checks: ["pod-probes", "statefulset-has-host-podantiaffinity", "CKV_K8S_8"],
    objects: databases,
    reason: "the charts in sandbox/charts have only a readiness probe and no anti-affinity; Bitnami's have both",
  },
];
