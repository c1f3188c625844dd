import type * as k8s from "@kubernetes/client-node";
import { Manifest } from "../manifestFaults";
import { nameOf } from "./rail";

/** A container of a pod: an ordinary one, an init container or an ephemeral one. */
export interface Container extends k8s.V1Container {
  /** Its object and its path there, such as `Pod shop: spec.containers[web]`. */
  path: string;
}

/** A pod, or a template of pods, in a manifest of any kind. */
export interface Pod {
  /** The object that holds it. */
  owner: Manifest;
  /** Its object and the path of its spec there, such as `Deployment shop: spec.template.spec`. */
  path: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: k8s.V1PodSpec;
  containers: Container[];
}

/** An environment variable whose value the manifests show. */
export interface Variable {
  /** Where the value is set, such as `ConfigMap shop: data.FLASK_ENV`. */
  path: string;
  name: string;
  value: string;
}

/**
 * Finds the pods in a manifest by their form: an object with a list of containers. So a custom resource that holds a pod
 * template is no way around a guard rail.
 */
export function podsIn(manifest: Manifest): Pod[] {
  const search = (value: unknown, path: string, parent: Partial<Manifest>): Pod[] => {
    if (typeof value !== "object" || value === null) {
      return [];
    }
    if ("containers" in value && Array.isArray(value.containers)) {
      return [toPod(manifest, `${nameOf(manifest)}: ${path}`, value as k8s.V1PodSpec, parent.metadata)];
    }
    return Object.entries(value).flatMap(([key, child]) => search(child, path ? `${path}.${key}` : key, value));
  };
  return search(manifest, "", manifest);
}

function toPod(owner: Manifest, path: string, spec: k8s.V1PodSpec, metadata: Partial<Manifest["metadata"]> = {}): Pod {
  const { labels, annotations } = metadata;
  const containers = (["initContainers", "containers", "ephemeralContainers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container) => ({ ...container, path: `${path}.${list}[${container.name}]` })),
  );
  return { owner, path, labels: labels ?? {}, annotations: annotations ?? {}, spec, containers };
}

/**
 * The environment of a container, as far as the manifests show it: its own variables, and those from a ConfigMap that is
 * among the manifests.
 */
export function environmentOf(
  { path, env, envFrom }: Container,
  configMaps: (Manifest & k8s.V1ConfigMap)[],
): Variable[] {
  const dataOf = (name?: string) => configMaps.find(({ metadata }) => metadata.name === name)?.data ?? {};
  const fromMap = (map: string, key: string, name = key): Variable[] => {
    const value = dataOf(map)[key];
    return value === undefined ? [] : [{ path: `ConfigMap ${map}: data.${key}`, name, value }];
  };
  const variables = [
    ...(envFrom ?? []).flatMap(({ configMapRef, prefix = "" }) =>
      Object.keys(dataOf(configMapRef?.name)).flatMap((key) => fromMap(configMapRef!.name!, key, prefix + key)),
    ),
    ...(env ?? []).flatMap(({ name, value, valueFrom }) => {
      const { name: map, key } = valueFrom?.configMapKeyRef ?? {};
      return map && key ? fromMap(map, key, name) : [{ path: `${path}.env[${name}].value`, name, value: value ?? "" }];
    }),
  ];
  // The last one of a name counts.
  return [...new Map(variables.map((variable) => [variable.name, variable])).values()];
}

/** Whether a label selector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/) selects labels. */
export function selects(selector: k8s.V1LabelSelector | undefined, labels: Record<string, string>): boolean {
  return (
    selector !== undefined &&
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const isListed = key in labels && values.includes(labels[key]);
      return { In: isListed, NotIn: !isListed, Exists: key in labels, DoesNotExist: !(key in labels) }[operator];
    })
  );
}
