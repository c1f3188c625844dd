import * as k8s from "@kubernetes/client-node";
import { request } from "../cluster/cluster";
import { ObjectApi } from "../cluster/objectApi";
import { Manifest } from "./manifestFaults";

/** Something that a manifest names and that must exist for it to work. */
export interface Reference {
  apiVersion: string;
  kind: string;
  /** Undefined for the cluster's default, which a volume claim without a class needs. */
  name?: string;
  /** Namespace of the object; undefined for kinds without one. */
  namespace?: string;
  /** Keys that a Secret or a ConfigMap must have. */
  keys?: string[];
  /** The object and the field that name it, such as `Ingress flask-prod: spec.ingressClassName`. */
  from: string;
}

/** What a preview found out about the references of a stack. */
export interface ReferenceCheck {
  /** What the cluster lacks: the deployment would fail, or wait in vain. */
  missing: string[];
  /** What could not be checked, or can only be created once the namespace exists. */
  warnings: string[];
}

type Fields = Record<string, unknown>;

const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };

/** Classes, which have no namespace, by the field that names one. */
const classes: Record<string, { apiVersion: string; kind: string }> = {
  storageClassName: storageClass,
  ingressClassName: { apiVersion: "networking.k8s.io/v1", kind: "IngressClass" },
  priorityClassName: { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass" },
  runtimeClassName: { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass" },
};

/** Kinds in the stack's namespace, by the field that names one: as a text, or as an object with the name in a field. */
const namespaced: Record<string, { kind: string; nameField?: string }> = {
  serviceAccountName: { kind: "ServiceAccount" },
  imagePullSecrets: { kind: "Secret", nameField: "name" },
  secretKeyRef: { kind: "Secret", nameField: "name" },
  secretRef: { kind: "Secret", nameField: "name" },
  // In a volume by `secretName`, in a projected one by `name`.
  secret: { kind: "Secret", nameField: "secretName" },
  configMapKeyRef: { kind: "ConfigMap", nameField: "name" },
  configMapRef: { kind: "ConfigMap", nameField: "name" },
  configMap: { kind: "ConfigMap", nameField: "name" },
  persistentVolumeClaim: { kind: "PersistentVolumeClaim", nameField: "claimName" },
};

/** Maps whose keys are the user's own. */
const freeForm = ["data", "stringData", "annotations", "labels"];

/** Finds what the manifests of a stack name but do not contain. */
export function referencesOf(manifests: Manifest[]): Reference[] {
  const references = manifests.flatMap((manifest) => {
    const { kind, metadata } = manifest;
    const found: Reference[] = [];
    collect(manifest, "", (reference, path) => {
      const namespace = reference.apiVersion === "v1" ? metadata.namespace : undefined;
      found.push({ ...reference, namespace, from: `${kind} ${metadata.name}: ${path}` });
    });
    return found;
  });
  return references.filter(({ kind, name }) => !manifests.some((manifest) => creates(manifest, kind, name)));
}

/** Calls `add` with every reference in a value. */
function collect(
  value: unknown,
  path: string,
  add: (reference: Pick<Reference, "apiVersion" | "kind" | "name" | "keys">, path: string) => void,
): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => collect(item, `${path}[${index}]`, add));
    return;
  }
  if (typeof value !== "object" || value === null) {
    return;
  }
  // A claim without a class gets the default one. An empty class is none at all.
  if ("accessModes" in value && !("storageClassName" in value) && !("volumeName" in value)) {
    add(storageClass, `${path}.storageClassName`);
  }
  for (const [field, child] of Object.entries(value as Fields)) {
    if (freeForm.includes(field)) {
      continue;
    }
    const at = path ? `${path}.${field}` : field;
    if (classes[field] && child && typeof child === "string") {
      add({ ...classes[field], name: child }, at);
    }
    for (const name of namesIn(field, child)) {
      add({ apiVersion: "v1", kind: namespaced[field].kind, name, keys: keysIn(child) }, at);
    }
    collect(child, at, add);
  }
}

/** The names of objects that must exist in a field of {@link namespaced}. */
function namesIn(field: string, value: unknown): string[] {
  const reference = namespaced[field];
  if (!reference) {
    return [];
  }
  const { nameField } = reference;
  const names = [value].flat().map((item) => {
    const { optional, ...fields } = (nameField === undefined ? { name: item } : (item ?? {})) as Fields;
    return optional ? undefined : (fields[nameField ?? "name"] ?? fields.name);
  });
  // Every namespace has a ServiceAccount `default`.
  return names.filter((name) => typeof name === "string" && name !== "" && name !== "default") as string[];
}

/** The keys that a reference needs: that of a variable, or those that a volume mounts. */
function keysIn(reference: unknown): string[] | undefined {
  const { key, items } = (reference ?? {}) as { key?: string; items?: { key: string }[] };
  const keys = [...(key === undefined ? [] : [key]), ...(items ?? []).map((item) => item.key)];
  return keys.length > 0 ? keys : undefined;
}

/** Whether a manifest creates an object: itself, or as a custom resource whose controller does, such as an ExternalSecret. */
function creates(manifest: Manifest, kind: string, name: string | undefined): boolean {
  if (manifest.kind === kind && manifest.metadata.name === name) {
    return true;
  }
  const [group] = manifest.apiVersion.split("/");
  const isCustom = group.includes(".") && !group.endsWith(".k8s.io");
  return isCustom && name !== undefined && JSON.stringify(manifest).includes(JSON.stringify(name));
}

/**
 * Asks the cluster for everything that the manifests of a stack name: their own kinds, classes, and objects in the stack's
 * namespace. Without these, a deployment fails, or waits until its timeout and does not say for what.
 *
 * @param cluster The cluster that the stack deploys to.
 * @param manifests With their namespaces.
 * @throws {Refusal} If the cluster does not answer.
 */
export async function checkReferences(cluster: k8s.KubeConfig, manifests: Manifest[]): Promise<ReferenceCheck> {
  const api = cluster.makeApiClient(ObjectApi);
  const answers = await request(cluster, () =>
    Promise.all([
      ...kindsOf(manifests).map((manifest) => unlessForbidden(`${manifest.kind}s`, () => checkKind(api, manifest))),
      ...byTarget(referencesOf(manifests)).map((references) =>
        unlessForbidden(`the ${describe(references[0])}`, () => checkReference(api, references)),
      ),
    ]),
  );
  return {
    missing: answers.flatMap(({ missing = [] }) => missing),
    warnings: answers.flatMap(({ warning }) => warning ?? []),
  };
}

/** What came of one question to the cluster. */
type Answer = { missing?: string | string[]; warning?: string };

async function unlessForbidden(what: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 403) {
      return { warning: `Whether the cluster has ${what} was not checked: you have no right to read that.` };
    }
    throw error;
  }
}

/** One manifest of each kind that the stack does not define itself. */
function kindsOf(manifests: Manifest[]): Manifest[] {
  const defined = manifests
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map(({ spec }) => (spec as { names: { kind: string } }).names.kind);
  const kinds = new Map(manifests.map((manifest) => [`${manifest.apiVersion}/${manifest.kind}`, manifest]));
  return [...kinds.values()].filter(({ kind }) => !defined.includes(kind));
}

async function checkKind(api: ObjectApi, { apiVersion, kind, metadata }: Manifest): Promise<Answer> {
  return (await api.hasKind(apiVersion, kind))
    ? {}
    : {
        missing: `${kind} ${metadata.name}: the cluster has no kind ${kind} of ${apiVersion}; install its operator first`,
      };
}

/** The references to each object. */
function byTarget(references: Reference[]): Reference[][] {
  const targets = new Map<string, Reference[]>();
  for (const reference of references) {
    const target = describe(reference);
    targets.set(target, [...(targets.get(target) ?? []), reference]);
  }
  return [...targets.values()];
}

/** Checks the object that all of some references name. */
async function checkReference(api: ObjectApi, references: Reference[]): Promise<Answer> {
  const { apiVersion, kind, name, namespace, from } = references[0];
  const target = describe(references[0]);
  if (namespace === undefined) {
    const { items } = await api.list(apiVersion, kind);
    const isDefault = ({ metadata }: k8s.KubernetesObject) =>
      metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
    if (items.some((item) => (name === undefined ? isDefault(item) : item.metadata?.name === name))) {
      return {};
    }
    const names = items.map(({ metadata }) => metadata?.name).join(", ") || "none";
    return { missing: `${from}: the cluster has no ${target}; it has ${names}` };
  }
  const metadata = { name: name!, namespace };
  const found = await api.find({ apiVersion, kind, metadata });
  if (found) {
    return { missing: missingKeys(found, references) };
  }
  const missing = `${from}: the namespace ${namespace} has no ${target}; create it`;
  const hasNamespace = await api.find({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return hasNamespace
    ? { missing: `${missing} first` }
    : { warning: `${missing} as soon as the deployment has created the namespace` };
}

/** Without the key that a variable or a volume names, a container does not start. */
function missingKeys(found: Manifest, references: Reference[]): string[] {
  const has = Object.keys({ ...(found.data as object), ...(found.binaryData as object) }).sort();
  const byKey = new Map(references.flatMap(({ keys = [], from }) => keys.map((key) => [key, from])));
  return [...byKey]
    .filter(([key]) => !has.includes(key))
    .map(
      ([key, from]) =>
        `${from}: the ${describe(references[0])} has no key ${JSON.stringify(key)}; it has ${has.join(", ") || "none"}`,
    );
}

function describe({ kind, name }: Reference): string {
  return name === undefined ? `default ${kind}` : `${kind} ${name}`;
}
