/** Names of keys, fields, variables and options whose values may be secrets. */
const secretName =
  /pass(word|wd|phrase)|pwd|(?<!existing)secret(_?key|env)?$|token|credential|(api|access|private)[-_]?key|[-_]key$|dsn$/i;

/** A user and a password in a URL, or in front of a host. The `@` of an image's digest is something else. */
const login = /:[^\s/:@]*@(?!sha256:)/;

/** The parts of a JSON Schema that say whether it accepts objects and lists. */
export interface AcceptedValue {
  type?: string | string[];
  properties?: object;
  items?: object;
  anyOf?: AcceptedValue[];
}

/**
 * Describes a malformed value for an error message, without showing what may be a secret.
 *
 * @param root What contains the value, such as a config or a manifest.
 * @param steps Keys and indexes that lead from there to the value.
 * @param accepted The schema that the value does not fit.
 * @returns The value as JSON. Of a list, only the length; of an object, only the keys; and only the type of a text or a
 *   number if it, or a value next to it, may be a secret.
 */
export function describeValue(root: unknown, steps: string[], accepted: AcceptedValue): string {
  const parent = steps.slice(0, -1).reduce(child, root);
  const value = steps.reduce(child, root);
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  }
  if (typeof value === "object" && value !== null) {
    return `an object with ${Object.keys(value).sort().join(", ") || "no keys"}`;
  }
  return mayBeSecret(value, steps, parent, accepted) ? `a ${typeof value} (not shown)` : JSON.stringify(value);
}

function child(parent: unknown, step: string): unknown {
  return (parent as Record<string, unknown> | undefined)?.[step];
}

function mayBeSecret(value: unknown, steps: string[], parent: unknown, accepted: AcceptedValue): boolean {
  if (typeof value !== "string" && typeof value !== "number") {
    return false;
  }
  const [parentName, name] = steps.slice(-2);
  return (
    // A text in place of an object may contain whatever the object would.
    acceptsObject(accepted) ||
    steps.some((step) => secretName.test(step)) ||
    // The value of a variable, and the login of a server.
    name === "value" ||
    parentName === "external" ||
    hasSecret(parent) ||
    login.test(String(value))
  );
}

function acceptsObject({ type = [], properties, items, anyOf = [] }: AcceptedValue): boolean {
  const types = [type].flat();
  return types.includes("object") || types.includes("array") || !!properties || !!items || anyOf.some(acceptsObject);
}

/** Whether a value in an object may be a secret by its key, or one in a list follows an option such as `--password`. */
function hasSecret(parent: unknown): boolean {
  return Object.entries(parent ?? {}).some(
    ([key, value]) =>
      (typeof value === "string" || typeof value === "number") &&
      secretName.test(Array.isArray(parent) ? String(value) : key),
  );
}
