import type * as k8s from "@kubernetes/client-node";
import { quantityValue } from "../quantity";
import type { Manifest } from "./manifestFaults";

/** What the API server would refuse in a manifest. */
export interface ManifestFault {
  /** Such as `spec.replicas`. */
  path: string;
  problem: string;
}

/**
 * Checks a manifest against the rules of the API server that concern more than one field and that people break. A dry run
 * finds all of them, but it needs the cluster and the namespace.
 *
 * Sources: k8s.io/kubernetes/pkg/apis/{core,networking,apps,batch}/validation.
 *
 * @param manifest Fits the schema of its kind.
 */
export function ruleFaults(manifest: Manifest): ManifestFault[] {
  return [...podSpecs(manifest, "").flatMap(podFaults), ...classFaults(manifest), ...templateFaults(manifest)];
}

/** A pod's spec in a manifest, and its path there. */
interface PodSpec {
  path: string;
  spec: k8s.V1PodSpec;
  /** Names of the volumes that a StatefulSet adds. */
  claims: string[];
}

function podSpecs(value: object, path: string): PodSpec[] {
  const claims = ((value as { volumeClaimTemplates?: Manifest[] }).volumeClaimTemplates ?? []).map(
    ({ metadata }) => metadata.name,
  );
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const at = path ? `${path}.${key}` : key;
    if (typeof child !== "object" || child === null || Array.isArray(child)) {
      return [];
    }
    return "containers" in child
      ? [{ path: at, spec: child as k8s.V1PodSpec, claims }]
      : podSpecs(child, at).map((pod) => ({ ...pod, claims: [...claims, ...pod.claims] }));
  });
}

/** The containers of a pod, each with its path. */
function containersOf({ path, spec }: PodSpec): [string, k8s.V1Container][] {
  return (["containers", "initContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index): [string, k8s.V1Container] => [`${path}.${list}[${index}]`, container]),
  );
}

function podFaults(pod: PodSpec): ManifestFault[] {
  const containers = containersOf(pod);
  const volumes = [...(pod.spec.volumes ?? []).map(({ name }) => name), ...pod.claims];
  return [
    ...repeated(containers.map(([path, { name }]) => [`${path}.name`, name])),
    ...containers.flatMap(([path, container]) => [
      ...repeated((container.ports ?? []).map(({ name }, index) => [`${path}.ports[${index}].name`, name])),
      ...mountFaults(path, container, volumes),
      ...resourceFaults(path, container),
    ]),
  ];
}

/** Texts that must differ from each other, with their paths. */
function repeated(texts: [path: string, text: string | undefined][]): ManifestFault[] {
  return texts.flatMap(([path, text], index) => {
    const first = texts.findIndex(([, other]) => other === text);
    return text === undefined || first === index
      ? []
      : [{ path, problem: `found ${JSON.stringify(text)}, which ${texts[first][0]} is, too` }];
  });
}

function mountFaults(path: string, { volumeMounts = [] }: k8s.V1Container, volumes: string[]): ManifestFault[] {
  return volumeMounts.flatMap(({ name }, index) =>
    volumes.includes(name)
      ? []
      : [
          {
            path: `${path}.volumeMounts[${index}].name`,
            problem: `found ${JSON.stringify(name)}, accepted: a volume of the pod: ${volumes.join(", ") || "it has none"}`,
          },
        ],
  );
}

/** Resources that a node can overcommit. Of all others, such as GPUs, a container gets what it requests. */
const overcommitted = /^(cpu|memory|ephemeral-storage)$/;

function resourceFaults(path: string, { resources = {} }: k8s.V1Container): ManifestFault[] {
  const { limits = {}, requests = {} } = resources;
  return Object.entries(requests).flatMap(([name, request]) => {
    const limit = limits[name];
    const found = `found ${JSON.stringify(request)}, accepted:`;
    const at = `${path}.resources.requests.${name}`;
    const difference = quantityValue(request) - quantityValue(limit ?? request);
    if (overcommitted.test(name)) {
      return difference > 0
        ? [{ path: at, problem: `${found} at most the limit, which is ${JSON.stringify(limit)}` }]
        : [];
    }
    return difference !== 0 || limit === undefined
      ? [{ path: at, problem: `${found} the same as the limit, which is ${JSON.stringify(limit) ?? "missing"}` }]
      : [];
  });
}

const classAnnotation = "kubernetes.io/ingress.class";

/** An Ingress may name its class in a field, in the annotation of old clusters, or the same one in both. */
function classFaults({ kind, metadata, spec }: Manifest): ManifestFault[] {
  const old = metadata.annotations?.[classAnnotation];
  const { ingressClassName } = (spec ?? {}) as k8s.V1IngressSpec;
  return kind === "Ingress" && old !== undefined && ingressClassName !== undefined && old !== ingressClassName
    ? [
        {
          path: `metadata.annotations.${classAnnotation}`,
          problem: `found ${JSON.stringify(old)}, but spec.ingressClassName is ${JSON.stringify(ingressClassName)}; remove the annotation`,
        },
      ]
    : [];
}

/** A workload must select its own pods, and those of a Job must end. */
function templateFaults({ kind, spec }: Manifest): ManifestFault[] {
  return [
    ...(/^(Deployment|StatefulSet|DaemonSet)$/.test(kind) ? labelFaults(spec) : []),
    ...restartFaults(kind, spec),
  ];
}

function labelFaults(spec: unknown): ManifestFault[] {
  const { selector, template } = spec as k8s.V1DeploymentSpec;
  const labels = template.metadata?.labels ?? {};
  return Object.entries(selector.matchLabels ?? {})
    .filter(([key, value]) => labels[key] !== value)
    .map(([key, value]) => ({
      path: `spec.template.metadata.labels.${key}`,
      problem: `${labels[key] === undefined ? "is missing" : `found ${JSON.stringify(labels[key])}`}, accepted: ${JSON.stringify(value)}, because spec.selector has it`,
    }));
}

function restartFaults(kind: string, spec: unknown): ManifestFault[] {
  const base = { Job: "spec", CronJob: "spec.jobTemplate.spec" }[kind];
  if (!base) {
    return [];
  }
  const job = (kind === "Job" ? spec : (spec as k8s.V1CronJobSpec).jobTemplate.spec) as k8s.V1JobSpec;
  const { restartPolicy } = job.template.spec ?? {};
  return restartPolicy === "Never" || restartPolicy === "OnFailure"
    ? []
    : [
        {
          path: `${base}.template.spec.restartPolicy`,
          problem: `${restartPolicy ? `found ${JSON.stringify(restartPolicy)}` : "is missing"}, accepted: Never, OnFailure`,
        },
      ];
}
