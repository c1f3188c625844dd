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
import { PlannedRelease, PlannedStack } from "./plannedStack";
import type { ReleaseObject, ServerVerdict } from "./serverDryRun";
import { contradictionInConfig } from "./stackFaults";
import { timeFaults } from "./timeBudgets";
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
  const rendered = await Promise.all(
    plan.releases.map((release) => renderRelease(release, cluster?.releases.get(release.name))),
  );
  const manifests = manifestsOf(plan, rendered);
  const { missing, refused, warnings } = await askCluster(cluster?.client, rendered, manifests);
  const unused = unusedValues(config.app).map(({ path, problem }) => `${identity.project}:${path} ${problem}`);
  await Promise.all([...warnings, ...unused].map((warning) => pulumi.log.warn(warning)));
  const disagreements = cluster
    ? releaseProblems(identity.stack, await stateReleases(plan.releases), cluster.releases)
    : [];
  // Only the app's chart refuses values with their paths.
  const contradictions = rendered.flatMap((rendering) =>
    rendering.contradictions.map((fault) => contradictionInConfig(fault, config.app)),
  );
  const lines = [
    ...configFaultLines(identity, withFaults(faults, [...contradictions, ...timeFaults(config)])),
    ...section("Helm or Kubernetes would reject what the charts render:", [
      ...rendered.flatMap(({ problems }) => problems),
      ...refused,
    ]),
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

/** What the cluster lacks, and what its API server would refuse. */
async function askCluster(
  cluster: KubeConfig | undefined,
  rendered: RenderedRelease[],
  manifests: Manifest[],
): Promise<ReferenceCheck & ServerVerdict> {
  if (!cluster) {
    return { missing: [], refused: [], warnings: [] };
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const [{ checkReferences }, { askServer }] = await Promise.all([
    import("./clusterReferences"),
    import("./serverDryRun"),
  ]);
  const [references, verdict] = await Promise.all([
    checkReferences(cluster, manifests),
    askServer(cluster, rendered.flatMap(objectsOf), manifests),
  ]);
  return { ...references, ...verdict, warnings: [...references.warnings, ...verdict.warnings] };
}

/**
 * The objects of a release that the API server has to judge. The provider does that itself for those that are not part of a
 * release. A release with a provider of its own may be in another cluster.
 */
function objectsOf({ release, manifests, deployed = [], faulty }: RenderedRelease): ReleaseObject[] {
  const before = new Map(deployed.map((manifest) => [idOf(withNamespace(manifest, release)), manifest]));
  return release.provider
    ? []
    : manifests
        .filter((manifest) => !faulty.includes(manifest))
        .map((manifest) => withNamespace(manifest, release))
        .map((manifest) => ({ manifest, deployed: before.get(idOf(manifest)) }));
}

function idOf({ kind, metadata }: Manifest): string {
  return [kind, metadata.namespace, metadata.name].join("/");
}

/** Every manifest of a stack, each with the namespace that Helm deploys it to. */
function manifestsOf({ objects }: PlannedStack, rendered: RenderedRelease[]): Manifest[] {
  return [
    ...objects,
    ...rendered.flatMap(({ release, manifests }) => manifests.map((manifest) => withNamespace(manifest, release))),
  ];
}

function withNamespace(manifest: Manifest, { namespace }: PlannedRelease): Manifest {
  return { ...manifest, metadata: { namespace, ...manifest.metadata } };
}

function section(header: string, problems: string[]): string[] {
  return problems.length > 0 ? [header, ...problems.map((problem) => `  ${problem}`)] : [];
}
