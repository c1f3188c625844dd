import { StackConfig } from "./config.generated";

/** Names of a stack's Helm releases, by what they run. A database outside the cluster has no release of its name. */
export function releaseNames({ releaseName }: Pick<StackConfig, "releaseName">): {
  app: string;
  postgresql: string;
  redis: string;
} {
  return { app: releaseName, postgresql: `${releaseName}-postgresql`, redis: `${releaseName}-redis` };
}
