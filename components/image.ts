import { ImageSource } from "./config/config.generated";

/**
 * How an image is started and configured: as Bitnami's images, or as the official ones
 * (https://github.com/docker-library/postgres, https://github.com/docker-library/redis).
 */
export type ImageFamily = "bitnami" | "official";

/**
 * The family of an image, decided by its repository: `bitnami/…` and `bitnamilegacy/…` are Bitnami's, also below a
 * mirror's path; everything else is official.
 */
export function imageFamily({ repository = "" }: ImageSource): ImageFamily {
  return /(^|\/)bitnami[^/]*\//.test(repository) ? "bitnami" : "official";
}

/**
 * The image of a database: the configured one, with missing fields taken from the default image unless it sets the
 * repository. So `registry` on its own pulls the default image from a mirror, and `digest` on its own pins it.
 */
export function imageSource(configured: ImageSource | undefined, byDefault: ImageSource): ImageSource {
  return configured?.repository ? configured : { ...byDefault, ...configured };
}

/** Reference of an image in a container, by its digest if it has one, else by its tag. */
export function imageReference({ registry = "docker.io", repository, tag, digest }: ImageSource): string {
  return `${registry}/${repository}${digest ? `@${digest}` : `:${tag}`}`;
}
