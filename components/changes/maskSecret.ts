import { Manifest } from "../checks/manifestFaults";

/** What is printed in place of a secret value. */
const masked = "[secret]";

/** The fields of a Secret that are printed. Any other may hold a value, such as kubectl's copy of the whole object. */
const printed = ["apiVersion", "kind", "type", "metadata.name", "metadata.namespace"];

/**
 * A manifest with everything in a Secret masked but its name and its keys. A diff of two versions must show which values
 * change, but not to what: given the other version, a value that differs from it also says which version this is.
 *
 * @param version Name of this version, such as "before".
 */
export function maskSecret(manifest: Manifest, other = manifest, version?: string): Manifest {
  return manifest.kind === "Secret" ? (mask(manifest, other, version, "") as Manifest) : manifest;
}

function mask(value: unknown, other: unknown, version: string | undefined, path: string): unknown {
  if (typeof value === "object" && value !== null) {
    const others = other as Record<string, unknown> | undefined;
    const entries = Object.entries(value).map(
      ([key, child]) => [key, mask(child, others?.[key], version, path ? `${path}.${key}` : key)] as const,
    );
    return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
  }
  if (value === undefined || printed.includes(path)) {
    return value;
  }
  return value === other ? masked : `${masked} (${version})`;
}
