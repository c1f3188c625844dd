import { ImageSource } from "./config/config.generated";

/** Where the image of the default PostgreSQL chart is since Bitnami moved it (2025-08-28); it gets no more security fixes there. */
export const postgresqlImage: ImageSource = {
  registry: "docker.io",
  repository: "bitnamilegacy/postgresql",
  tag: "15.4.0-debian-11-r45",
};

/** Where the image of the default Redis chart is since then. */
export const redisImage: ImageSource = {
  repository: "bitnamilegacy/redis",
  tag: "7.0.12-debian-11-r34",
};
