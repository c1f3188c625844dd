import type { ClusterSettings } from "../cluster/kubeconfig";
import { StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";

/** The registry and the domain in the stack files that this repository ships. */
const exampleRegistry = "registry.company.com/";
const exampleDomain = /(^|\.)example\.com$/;

/**
 * Finds what a guarded stack must set before its first deployment: its cluster, its own image, and its own host names. The
 * shipped stack files have examples there, and without a cluster `pulumi up` would deploy to whichever is current.
 */
export function unfinishedSetup({ tier, app }: StackConfig, settings: ClusterSettings): ConfigFault[] {
  if (tier) {
    return [];
  }
  const { repository } = app.image ?? {};
  const faults: ConfigFault[] = [];
  if (!Object.values(settings).some((setting) => setting !== undefined)) {
    faults.push({
      path: "kubernetes:context",
      problem:
        "is missing, accepted: the context of this stack's cluster: without it, `pulumi up` deploys to whichever is current",
    });
  }
  if (!repository) {
    faults.push({
      path: "app.image.repository",
      problem: "is missing, accepted: your image: without it, the chart runs a public demo",
    });
  } else if (repository.startsWith(exampleRegistry)) {
    faults.push({
      path: "app.image.repository",
      problem: `found ${JSON.stringify(repository)}, an example; set your image`,
    });
  }
  app.ingress?.hosts?.forEach(({ host }, index) => {
    if (app.ingress?.enabled && exampleDomain.test(host)) {
      const path = `app.ingress.hosts[${index}].host`;
      faults.push({ path, problem: `found ${JSON.stringify(host)}, an example; set your host name` });
    }
  });
  return faults;
}
