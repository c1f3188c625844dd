import type { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { StackConfig } from "../config/config.generated";
import { ConfigFault, configFaultLines, StackIdentity, withFaults } from "../config/configFault";
import { Refusal } from "../config/refusal";
import { RenderedRelease, renderRelease } from "./chartRendering";
import type { LiveCluster } from "./clusterCheck";
import type { ReferenceCheck } from "./clusterReferences";
import { manifestRailFaults } from "./guardRails";
import { Manifest } from "./manifestFaults";
import { PlannedStack } from "./plannedStack";
import { unusedValues } from "./unusedValues";
import { releaseProblems, stateReleases } from "./stateReleases";

/** A stack as a preview knows it. */
export interface PreviewedStack {
  identity: StackIdentity;
  config: StackConfig;
  /** What is wrong with the config, as far as it shows without the manifests. */
  faults: ConfigFault[];
  plan: PlannedStack;
  /** The cluster that the stack deploys to; undefined on Pulumi mocks. */
  cluster?: LiveCluster;
}

/**
 * Renders every release that a preview plans, and refuses everything that is wrong with the stack in one message.
 *
 * @returns The releases with their manifests.
 * @throws {Refusal} With every fault of the config, of the charts, and of the manifests.
 */
export async function checkPlan({
  identity,
  config,
  faults,
  plan,
  cluster,
}: PreviewedStack): Promise<RenderedRelease[]> {
  const rendered = await Promise.all(plan.releases.map(renderRelease));
  const manifests = manifestsOf(plan, rendered);
  const { missing, warnings } = await findReferences(cluster?.client, manifests);
  const unused = unusedValues(config.app).map(({ path, problem }) => `${identity.project}:${path} ${problem}`);
  await Promise.all([...warnings, ...unused].map((warning) => pulumi.log.warn(warning)));
  const disagreements = cluster
    ? releaseProblems(identity.stack, await stateReleases(plan.releases), cluster.releases)
    : [];
  const contradictions = rendered.flatMap((rendering) => rendering.contradictions);
  const lines = [
    ...configFaultLines(identity, withFaults(faults, contradictions.map(inConfig))),
    ...section(
      "Helm or Kubernetes would reject what the charts render:",
      rendered.flatMap(({ problems }) => problems),
    ),
    ...section(
      "Guard rails refuse what would run; docs/guard-rails.md explains each:",
      manifestRailFaults(manifests, config).map(({ path, problem }) => `${path}: ${problem}`),
    ),
    ...section("The cluster lacks what the stack needs:", missing),
    ...section("The state and the cluster disagree about these releases:", disagreements),
    ...section(
      "These releases have a provider of their own, but the checks look at the cluster of kubernetes:context. Select the cluster with that setting instead:",
      plan.releases.filter(({ provider }) => provider !== undefined).map(({ name }) => name),
    ),
  ];
  if (lines.length > 0) {
    throw new Refusal(lines.join("\n"));
  }
  return rendered;
}

async function findReferences(cluster: KubeConfig | undefined, manifests: Manifest[]): Promise<ReferenceCheck> {
  if (!cluster) {
    return { missing: [], warnings: [] };
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const { checkReferences } = await import("./clusterReferences");
  return checkReferences(cluster, manifests);
}

/** Every manifest of a stack, each with the namespace that Helm deploys it to. */
function manifestsOf({ objects }: PlannedStack, rendered: RenderedRelease[]): Manifest[] {
  const inReleases = rendered.flatMap(({ release: { namespace }, manifests }) =>
    manifests.map((manifest) => ({ ...manifest, metadata: { namespace, ...manifest.metadata } })),
  );
  return [...objects, ...inReleases];
}

/** Only the app's chart refuses values with their paths, and `flask-app:app` is its values. */
function inConfig({ path, problem }: ConfigFault): ConfigFault {
  return { path: `app.${path}`, problem };
}

function section(header: string, problems: string[]): string[] {
  return problems.length > 0 ? [header, ...problems.map((problem) => `  ${problem}`)] : [];
}
