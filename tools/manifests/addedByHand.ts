import { isDeepStrictEqual } from "util";
import { Manifest } from "../../components/checks/manifestFaults";

/** A step into an object: the name of a field, the keys of a list element, or a value of a set. */
type Step = { field: string } | { keys: Record<string, unknown> } | { value: unknown };

/** A place in an object. */
export type Path = Step[];

interface ManagedFields {
  manager: string;
  subresource?: string;
  fieldsV1?: object;
}

/** Tools with which people edit objects by hand, by the name that they give to the API server. */
const handTools = /^(kubectl|k9s|lens|Mozilla)/i;

/**
 * Fields that belong to a tool although nobody wrote them: kubectl's notes for itself, such as `restartedAt`, and the name
 * that Kubernetes writes into the labels of every namespace.
 */
const notByHand = /^f:(kubectl\.kubernetes\.io\/|kubernetes\.io\/metadata\.name$)/;

/**
 * What people added to an object by hand: fields that a tool such as kubectl owns and that are not in the manifest. The
 * API server records in `managedFields` who owns which field
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
 */
export function addedByHand(live: Manifest, manifest: Manifest): Path[] {
  return fieldsOfHandTools(live).flatMap((fields) => pathsOnlyIn(live, manifest, fields, []));
}

/** The keys of a Secret's manifest whose values people changed by hand: a tool such as kubectl owns them. */
export function keysChangedByHand(live: Manifest, manifest: Manifest): string[] {
  const owned = fieldsOfHandTools(live).flatMap((fields) => Object.keys((fields as OwnedSecret)["f:data"] ?? {}));
  return Object.keys(manifest.data ?? {}).filter((key) => owned.includes(`f:${key}`));
}

interface OwnedSecret {
  "f:data"?: object;
}

function fieldsOfHandTools(live: Manifest): object[] {
  const { managedFields = [] } = live.metadata as { managedFields?: ManagedFields[] };
  return managedFields
    .filter(({ manager, subresource }) => handTools.test(manager) && !subresource)
    .map(({ fieldsV1 = {} }) => fieldsV1);
}

/** The place of a path in an object, as a JSON Patch writes it (RFC 6901). */
export function jsonPointer(object: Manifest, path: Path): string {
  let parent: unknown = object;
  return path
    .map((step) => {
      const next = child(parent, step);
      const token = "field" in step ? step.field : String((parent as unknown[]).indexOf(next));
      parent = next;
      return `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    })
    .join("");
}

/** A copy of an object without what is at a path. */
export function withoutPath(object: Manifest, path: Path): Manifest {
  const copy = structuredClone(object);
  let parent: unknown = copy;
  for (const step of path.slice(0, -1)) {
    parent = child(parent, step);
  }
  const last = path[path.length - 1];
  if (Array.isArray(parent)) {
    parent.splice(parent.indexOf(child(parent, last)), 1);
  } else if (typeof parent === "object" && parent !== null && "field" in last) {
    delete (parent as Record<string, unknown>)[last.field];
  }
  return copy;
}

function pathsOnlyIn(live: unknown, manifest: unknown, owned: object, path: Path): Path[] {
  return Object.entries(owned).flatMap(([key, below]: [string, object]) => {
    const step = parseStep(key);
    if (!step || notByHand.test(key) || child(live, step) === undefined) {
      return [];
    }
    const isOwnedWhole = Object.keys(below).length === 0 || "." in below;
    if (child(manifest, step) === undefined && isOwnedWhole) {
      return [[...path, step]];
    }
    return pathsOnlyIn(child(live, step), child(manifest, step), below, [...path, step]);
  });
}

/** Parses a key of `fieldsV1`: `f:name`, `k:{"name":"app"}` or `v:"value"`. The key `.` is the object itself. */
function parseStep(key: string): Step | undefined {
  const rest = key.slice(2);
  switch (key.slice(0, 2)) {
    case "f:":
      return { field: rest };
    case "k:":
      return { keys: JSON.parse(rest) as Record<string, unknown> };
    case "v:":
      return { value: JSON.parse(rest) as unknown };
    default:
      return undefined;
  }
}

function child(parent: unknown, step: Step): unknown {
  if ("field" in step) {
    return typeof parent === "object" && parent !== null ? (parent as Record<string, unknown>)[step.field] : undefined;
  }
  if (!Array.isArray(parent)) {
    return undefined;
  }
  const elements: unknown[] = parent;
  return "value" in step
    ? elements.find((element) => isDeepStrictEqual(element, step.value))
    : elements.find((element) => Object.entries(step.keys).every(([key, value]) => fieldOf(element, key) === value));
}

/** Value of a list element's key. Manifests leave out `protocol`, because Kubernetes fills it in. */
function fieldOf(element: unknown, key: string): unknown {
  return (element as Record<string, unknown>)[key] ?? (key === "protocol" ? "TCP" : undefined);
}
