import { ImageSource, PostgresqlInCluster, RedisInCluster } from "../config/config.generated";
import { ImageFamily, imageFamily, imageReference, imageSource } from "../image";

/** A running image, and one of another family that the config wants. */
export interface ImageChange {
  wanted: ImageSource;
  /** The image that created the volume. */
  found: ImageSource;
}

/**
 * Compares the family of the image that the config wants with that of a release.
 *
 * @param key Which database.
 * @param defaultImage The program's image for it.
 * @param values Values of the release. Without an image in them, it runs the Bitnami chart's own.
 * @returns Both images if their families differ.
 */
export function imageChange(
  key: "postgresql" | "redis",
  inCluster: PostgresqlInCluster | RedisInCluster,
  defaultImage: ImageSource,
  values: Record<string, unknown>,
): ImageChange | undefined {
  const wanted = imageSource(inCluster.image, defaultImage);
  const found = { repository: `bitnami/${key}`, ...(values.image as ImageSource | undefined) };
  return imageFamily(wanted) === imageFamily(found) ? undefined : { wanted, found };
}

/**
 * Says why an image of another family may not take over a volume yet, and what to set to keep the image or to move.
 *
 * @returns Undefined if `adoptVolume` says that it may.
 */
export function refusedImage(
  key: "postgresql" | "redis",
  adoptVolume: ImageFamily | undefined,
  { wanted, found }: ImageChange,
): string | undefined {
  const family = imageFamily(found);
  if (adoptVolume === family) {
    return undefined;
  }
  const { registry, repository, tag, digest } = found;
  const fields = Object.entries({ registry, repository, tag, digest }).filter(([, value]) => value !== undefined);
  const asFound = `{${fields.map(([field, value]) => `${field}: ${value}`).join(", ")}}`;
  const whatIs = `found ${imageReference(wanted)}, but the volume was created by ${imageReference(found)}`;
  const toKeep = `to keep that image, set flask-app:${key}.inCluster.image to ${asFound}`;
  return key === "redis" && family === "official"
    ? `${whatIs}, whose files an older Redis cannot read; ${toKeep}; docs/moving-off-bitnami.md says how to start again without the data`
    : `${whatIs}; ${toKeep}; to move, read docs/moving-off-bitnami.md and set flask-app:${key}.inCluster.adoptVolume to ${family}`;
}
