import { Container, Pod } from "./pods";
import { check, nameOf, ofKind, Rail, RailFault } from "./rail";

/**
 * The restricted Pod Security Standard (https://kubernetes.io/docs/concepts/security/pod-security-standards/) as Kubernetes
 * 1.34 enforces it, without its exceptions for Windows and for user namespaces.
 */
export const podSecurity: Rail = {
  name: "pod-security",
  description: "Every pod meets the restricted Pod Security Standard, and the namespace enforces it.",
  inManifests: (stack) => [
    ...ofKind(stack, "Namespace").flatMap((namespace) => {
      const label = "pod-security.kubernetes.io/enforce";
      const level = namespace.metadata.labels?.[label];
      const path = `${nameOf(namespace)}: metadata.labels[${label}]`;
      const accepted = "restricted: other standards let pods run as root; set flask-app:podSecurity";
      return check(level === "restricted", path, level, accepted);
    }),
    ...stack.pods.flatMap((pod) => [
      ...podFaults(pod),
      ...pod.containers.flatMap((container) => containerFaults(pod, container)),
    ]),
  ],
};

/** What the standard accepts in a field. */
interface FieldRule {
  /** Path of the field in a security context or in a pod's spec. */
  field: string;
  accepts: (value: unknown) => boolean;
  accepted: string;
}

/** Fields of both security contexts. A container that does not set one has that of its pod. */
const sharedFields: FieldRule[] = [
  oneOf("runAsNonRoot", true),
  { field: "runAsUser", accepts: (value) => value !== 0, accepted: "a user other than root" },
  oneOf("seccompProfile.type", "RuntimeDefault", "Localhost"),
  oneOf("appArmorProfile.type", undefined, "RuntimeDefault", "Localhost"),
  oneOf(
    "seLinuxOptions.type",
    undefined,
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
  ),
  oneOf("seLinuxOptions.user", undefined, ""),
  oneOf("seLinuxOptions.role", undefined, ""),
  oneOf("windowsOptions.hostProcess", undefined, false),
];

const containerFields: FieldRule[] = [
  oneOf("privileged", undefined, false),
  oneOf("allowPrivilegeEscalation", false),
  oneOf("procMount", undefined, "Default"),
  { field: "capabilities.drop", accepts: (value) => asList(value).includes("ALL"), accepted: "ALL" },
  {
    field: "capabilities.add",
    accepts: (value) => asList(value).every((name) => name === "NET_BIND_SERVICE"),
    accepted: "NET_BIND_SERVICE",
  },
];

const podFields: FieldRule[] = ["hostNetwork", "hostPID", "hostIPC"].map((field) => oneOf(field, undefined, false));

const volumeTypes = /^(configMap|csi|downwardAPI|emptyDir|ephemeral|image|persistentVolumeClaim|projected|secret)$/;
const safeSysctls =
  /^(kernel\.shm_rmid_forced|net\.ipv4\.(ip_local_port_range|ip_local_reserved_ports|ip_unprivileged_port_start|ping_group_range|tcp_(syncookies|keepalive_time|keepalive_intvl|keepalive_probes|fin_timeout|rmem|wmem)))$/;

const reason = "the restricted standard demands it, because pods share the node's kernel";

function podFaults({ path, spec, annotations }: Pod): RailFault[] {
  const { securityContext = {}, volumes = [] } = spec;
  const setHere = sharedFields.filter(({ field }) => valueAt(securityContext, field) !== undefined);
  return [
    ...checkFields(podFields, spec, path),
    ...checkFields(setHere, securityContext, `${path}.securityContext`),
    ...(securityContext.sysctls ?? []).flatMap(({ name }) =>
      check(safeSysctls.test(name), `${path}.securityContext.sysctls`, name, `safe ones: ${reason}`),
    ),
    ...volumes.flatMap(({ name, ...source }) =>
      Object.keys(source).flatMap((type) =>
        check(volumeTypes.test(type), `${path}.volumes[${name}]`, type, `types that are not the node's: ${reason}`),
      ),
    ),
    ...Object.entries(annotations)
      .filter(([key]) => key.startsWith("container.apparmor.security.beta.kubernetes.io/"))
      .flatMap(([key, profile]) =>
        check(
          /^($|runtime\/default$|localhost\/)/.test(profile),
          `${path}: annotation ${key}`,
          profile,
          `runtime/default: ${reason}`,
        ),
      ),
  ];
}

function containerFaults({ spec }: Pod, container: Container): RailFault[] {
  const { path, securityContext = {}, ports = [], livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  // What the pod sets for its containers is checked there.
  const setHere = sharedFields.filter(
    ({ field }) => valueAt(securityContext, field) !== undefined || valueAt(spec.securityContext, field) === undefined,
  );
  const { postStart, preStop } = lifecycle ?? {};
  const handlers = Object.entries({ livenessProbe, readinessProbe, startupProbe, postStart, preStop });
  return [
    ...checkFields([...containerFields, ...setHere], securityContext, `${path}.securityContext`),
    ...ports.flatMap(({ hostPort = 0 }) =>
      check(hostPort === 0, `${path}.ports`, { hostPort }, `a port without hostPort: ${reason}`),
    ),
    ...handlers.flatMap(([name, handler]) => {
      const host = handler?.httpGet?.host || handler?.tcpSocket?.host;
      return check(!host, `${path}.${name}`, { host }, `no host: ${reason}`);
    }),
  ];
}

function oneOf(field: string, ...values: unknown[]): FieldRule {
  return { field, accepts: (value) => values.includes(value), accepted: values.map(String).join(", ") };
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function checkFields(rules: FieldRule[], object: object, path: string): RailFault[] {
  return rules.flatMap(({ field, accepts, accepted }) => {
    const value = valueAt(object, field);
    return check(accepts(value), `${path}.${field}`, value, `${accepted}: ${reason}`, "hardened");
  });
}

function valueAt(object: object | undefined, field: string): unknown {
  const child = (parent: unknown, key: string) => (parent as Record<string, unknown> | undefined)?.[key];
  return field.split(".").reduce<unknown>(child, object);
}
