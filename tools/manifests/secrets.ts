import { Manifest } from "../../components/checks/manifestFaults";

/** What stands for a value that is not shown. */
export const masked = "[secret]";

/** A manifest whose Secret values are masked; any other as it is. */
export function maskSecret(manifest: Manifest): Manifest {
  return mapSecretValues(manifest, () => masked);
}

/**
 * Two versions of a manifest with their Secret values masked, so that a diff shows which of them changes and not to what.
 */
export function maskSecrets(before: Manifest, after: Manifest): [Manifest, Manifest] {
  const mask = (manifest: Manifest, other: Manifest, which: string) =>
    mapSecretValues(manifest, (value, section, key) =>
      (other[section] as Record<string, string> | undefined)?.[key] === value ? masked : `${masked} (${which})`,
    );
  return [mask(before, after, "before"), mask(after, before, "after")];
}

function mapSecretValues(
  manifest: Manifest,
  map: (value: string, section: "data" | "stringData", key: string) => string,
): Manifest {
  if (manifest.kind !== "Secret") {
    return manifest;
  }
  const mappedManifest = { ...manifest };
  for (const section of ["data", "stringData"] as const) {
    const values = manifest[section] as Record<string, string> | undefined;
    if (values) {
      mappedManifest[section] = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, map(value, section, key)]),
      );
    }
  }
  return mappedManifest;
}
