import { StackConfig } from "./config.generated";

/** Names of a stack's Helm releases, by component. An external database has no release. */
export function releaseNames({ releaseName }: Pick<StackConfig, "releaseName">): {
  app: string;
  postgresql: string;
  redis: string;
} {
  return { app: releaseName, postgresql: `${releaseName}-postgresql`, redis: `${releaseName}-redis` };
}
