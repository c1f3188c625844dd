import { ConfigFault, configFaultLines, StackIdentity, withFaults } from "../config/configFault";
import { Refusal } from "../config/refusal";
import { RenderedRelease, renderRelease } from "./chartRendering";
import { PlannedStack } from "./plannedStack";

/** A stack as a preview knows it. */
export interface PreviewedStack {
  identity: StackIdentity;
  /** What is wrong with the config, as far as it shows without the manifests. */
  faults: ConfigFault[];
  plan: PlannedStack;
}

/**
 * Renders every release that a preview plans, and refuses everything that is wrong with the stack in one message.
 *
 * @returns The releases with their manifests.
 * @throws {Refusal} With every fault of the config, of the charts, and of the manifests.
 */
export async function checkPlan({ identity, faults, plan }: PreviewedStack): Promise<RenderedRelease[]> {
  const rendered = await Promise.all(plan.releases.map(renderRelease));
  const contradictions = rendered.flatMap((rendering) => rendering.contradictions);
  const lines = [
    ...configFaultLines(identity, withFaults(faults, contradictions.map(inConfig))),
    ...section(
      "Helm or Kubernetes would reject what the charts render:",
      rendered.flatMap(({ problems }) => problems),
    ),
  ];
  if (lines.length > 0) {
    throw new Refusal(lines.join("\n"));
  }
  return rendered;
}

/** Only the app's chart refuses values with their paths, and `flask-app:app` is its values. */
function inConfig({ path, problem }: ConfigFault): ConfigFault {
  return { path: `app.${path}`, problem };
}

function section(header: string, problems: string[]): string[] {
  return problems.length > 0 ? [header, ...problems.map((problem) => `  ${problem}`)] : [];
}
