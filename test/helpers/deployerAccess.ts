import type * as k8s from "@kubernetes/client-node";

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";

/** What a preview reads in the whole cluster. */
export const clusterReads: k8s.V1ResourceAttributes[] = [
  { verb: "get", resource: "namespaces", name: "kube-system" },
  ...[
    { group: "storage.k8s.io", resource: "storageclasses" },
    { group: "networking.k8s.io", resource: "ingressclasses" },
    { group: "scheduling.k8s.io", resource: "priorityclasses" },
    { group: "node.k8s.io", resource: "runtimeclasses" },
  ].flatMap((kind) => ["get", "list"].map((verb) => ({ ...kind, verb }))),
];

/** Access to a namespace and to what is in it. */
export function accessTo(namespace: string): k8s.V1ResourceAttributes[] {
  const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
  const resources = [
    ...["secrets", "configmaps", "pods", "services", "serviceaccounts", "persistentvolumeclaims", "events"].map(
      (resource) => ({ resource }),
    ),
    ...["deployments", "statefulsets"].map((resource) => ({ group: "apps", resource })),
    ...["jobs", "cronjobs"].map((resource) => ({ group: "batch", resource })),
    ...["ingresses", "networkpolicies"].map((resource) => ({ group: "networking.k8s.io", resource })),
  ];
  return [
    ...resources.flatMap((resource) => verbs.map((verb) => ({ ...resource, namespace, verb }))),
    // A RoleBinding in the namespace gives rights on it, too.
    ...["update", "patch", "delete"].map((verb) => ({ verb, resource: "namespaces", name: namespace, namespace })),
  ];
}

/** Access to the whole cluster that no deployer has. */
export const forbiddenEverywhere: k8s.V1ResourceAttributes[] = [
  { verb: "create", resource: "namespaces" },
  { verb: "list", resource: "nodes" },
  { verb: "get", resource: "nodes", subresource: "proxy" },
  ...["list", "create", "patch"].map((verb) => ({ verb, resource: "persistentvolumes" })),
  { verb: "list", resource: "secrets" },
  { verb: "list", resource: "pods" },
  { verb: "list", resource: "events" },
  ...["users", "groups", "serviceaccounts"].map((resource) => ({ verb: "impersonate", resource })),
  { verb: "create", group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
  { verb: "create", group: "scheduling.k8s.io", resource: "priorityclasses" },
  { verb: "create", group: "storage.k8s.io", resource: "storageclasses" },
  { verb: "create", group: "certificates.k8s.io", resource: "certificatesigningrequests" },
  ...["validatingwebhookconfigurations", "mutatingwebhookconfigurations", "mutatingadmissionpolicies"].map(
    (resource) => ({ verb: "create", group: admission, resource }),
  ),
  ...["validatingadmissionpolicies", "validatingadmissionpolicybindings"].flatMap((resource) =>
    ["update", "patch", "delete"].map((verb) => ({ verb, group: admission, resource, name: "flask-app-stacks" })),
  ),
  ...["clusterroles", "clusterrolebindings"].flatMap((resource) =>
    ["create", "patch", "bind", "escalate"].map((verb) => ({ verb, group: rbac, resource })),
  ),
];

/** Access that a deployer does not even have in its own namespace. */
export function forbiddenIn(namespace: string): k8s.V1ResourceAttributes[] {
  return [
    ...["roles", "rolebindings"].flatMap((resource) =>
      ["create", "update", "patch", "delete"].map((verb) => ({ verb, group: rbac, resource, namespace })),
    ),
    ...["exec", "attach", "portforward", "proxy", "log"].flatMap((subresource) =>
      ["get", "create"].map((verb) => ({ verb, resource: "pods", subresource, namespace })),
    ),
    { verb: "patch", resource: "pods", subresource: "ephemeralcontainers", namespace },
    { verb: "create", resource: "services", subresource: "proxy", namespace },
    ...[namespace, "flask-app-deployers"].map((name) => ({
      ...{ verb: "create", resource: "serviceaccounts", subresource: "token", namespace: name },
    })),
    // The limits that an administrator sets for the namespace.
    ...["resourcequotas", "limitranges"].flatMap((resource) =>
      ["create", "update", "patch", "delete"].map((verb) => ({ verb, resource, namespace })),
    ),
    ...["status", "finalize"].map((subresource) => ({
      ...{ verb: "update", resource: "namespaces", subresource, namespace, name: namespace },
    })),
    { verb: "create", group: "discovery.k8s.io", resource: "endpointslices", namespace },
    { verb: "create", group: "apps", resource: "daemonsets", namespace },
    { verb: "deletecollection", resource: "persistentvolumeclaims", namespace },
  ];
}
