/**
 * What a container of the program's own may do, as the restricted Pod Security Standard asks
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted), and with a read-only root file system.
 */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** The user of the program's own pods, which need not be in the image. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 1001,
  runAsGroup: 1001,
  seccompProfile: { type: "RuntimeDefault" },
};
