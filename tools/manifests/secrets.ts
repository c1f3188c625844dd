import { Manifest } from "../../components/checks/manifestFaults";

/** What is printed in place of a secret value. */
const masked = "[secret]";

/**
 * A manifest with the values of a Secret masked. A diff of two versions must show which values change, but not to what:
 * given the other version, a value that differs from it also says which version this is.
 *
 * @param version Name of this version, such as "before".
 */
export function maskSecret(manifest: Manifest, other?: Manifest, version?: string): Manifest {
  if (manifest.kind !== "Secret") {
    return manifest;
  }
  const sections = ["data", "stringData"]
    .filter((section) => manifest[section])
    .map((section) => {
      const [values, others] = [manifest, other ?? manifest].map((of) => (of[section] ?? {}) as Record<string, string>);
      const mask = (key: string) => (values[key] === others[key] ? masked : `${masked} (${version})`);
      return [section, Object.fromEntries(Object.keys(values).map((key) => [key, mask(key)]))];
    });
  return { ...manifest, ...(Object.fromEntries(sections) as object) };
}
