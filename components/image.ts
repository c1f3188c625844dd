import { ImageSource } from "./config/config.generated";

/**
 * The image of a database: that of the config, filled up from the default one unless it names a repository of its own.
 * So `registry` alone takes the default image from a mirror, and `digest` alone pins it.
 */
export function imageSource(configured: ImageSource | undefined, byDefault: ImageSource): ImageSource {
  return configured?.repository ? configured : { ...byDefault, ...configured };
}

/** An image as a container names it: by its digest if it has one, else by its tag. */
export function imageReference({ registry = "docker.io", repository, tag, digest }: ImageSource): string {
  return `${registry}/${repository}${digest ? `@${digest}` : `:${tag}`}`;
}
