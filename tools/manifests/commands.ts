import { isDeepStrictEqual } from "util";
import { compare } from "../../components/changes/objectChanges";
import { withReachableCharts } from "../lib/bitnamiCharts";
import { projectFolder } from "../lib/paths";
import { readStackFile, stackNames } from "../lib/stackFiles";
import { isForUser, UserError } from "../lib/userError";
import { manifestsText, valuesText } from "./render";
import { Difference, markdownReport, terminalReport } from "./report";
import { withProjectAt } from "./sources";
import type { DriftOptions } from "./stackDrift";
import { allManifests, renderStack, StackManifests } from "./stackManifests";

/** `npm run render`: prints every manifest of a stack, or its releases' values; with `release`, only those of that one. */
export async function render(
  stack: string,
  { values, release }: { values?: boolean; release?: string },
): Promise<void> {
  const { plain, releases } = await renderNow(stack);
  const wanted = releases.filter(({ inputs }) => release === undefined || inputs.name === release);
  if (wanted.length === 0) {
    const names = releases.map(({ inputs }) => inputs.name).join(", ");
    throw new UserError(`There is no release "${release}" in ${stack}; its releases are ${names}.`);
  }
  process.stdout.write(
    values
      ? wanted.map(valuesText).join("---\n")
      : manifestsText({ plain: release === undefined ? plain : [], releases: wanted }),
  );
}

/** Options of `npm run diff`. */
interface DiffOptions {
  /** Print a comment for a pull request. */
  markdown?: boolean;
  /** Compare with what is deployed to the sandbox. */
  sandbox?: boolean;
}

/**
 * `npm run diff`: prints what a change does to the manifests of a stack. The exit code is 1 if they differ.
 *
 * @param other A git ref to compare with; or `deployed`, to compare with what Helm deployed last; or a stack, to print what
 *   the promotion to it changes.
 */
export async function diff(stack: string, other: string, { markdown, sandbox }: DiffOptions): Promise<void> {
  const isPromotion = stackNames().includes(other);
  const difference = isPromotion
    ? await promotion(stack, other)
    : other === "deployed"
      ? await sinceDeployment(stack, sandbox)
      : await changesSince(other, stack);
  const title = isPromotion ? `${stack} promoted to ${other}` : `${stack}, compared with ${other}`;
  report(difference, markdown ? markdownReport(title, difference) : undefined);
}

/** `npm run drift`: prints how the cluster differs from the manifests of a stack. The exit code is 1 if it does. */
export async function drift(stack: string, options: DriftOptions): Promise<void> {
  const { stackDrift } = await import("./stackDrift");
  report(await stackDrift(stack, options));
}

function report(difference: Difference, text = `${terminalReport(difference, process.stdout.isTTY)}\n`): void {
  process.stdout.write(text);
  process.exitCode = difference.changes.length + difference.notes.length > 0 ? 1 : 0;
}

/** How the manifests of a stack differ from those at a git ref. */
async function changesSince(ref: string, stack: string): Promise<Difference> {
  readStackFile(stack);
  const before = await withProjectAt(ref, async (folder) => {
    if (!stackNames(folder).includes(stack)) {
      console.error(`There was no Pulumi.${stack}.yaml at ${ref}: the whole stack is new.`);
      return { plain: [], releases: [] };
    }
    return renderAt(folder, stack, ref);
  });
  const now = await renderNow(stack);
  return { changes: compare(allManifests(before), allManifests(now), ref, "now"), notes: quietUpgrades(before, now) };
}

/** A note about releases whose settings change, but not their manifests: Pulumi upgrades them, too. */
function quietUpgrades(before: StackManifests, now: StackManifests): string[] {
  const upgraded = now.releases.filter(({ inputs, manifests }) => {
    const old = before.releases.find((release) => release.inputs.name === inputs.name);
    return old && !isDeepStrictEqual(old.inputs, inputs) && isDeepStrictEqual(old.manifests, manifests);
  });
  const names = upgraded.map(({ inputs }) => inputs.name);
  return names.length > 0 ? [`Upgraded without a change of their manifests or a restart: ${names.join(", ")}.`] : [];
}

/** How the releases of a stack differ from those that Helm deployed last. */
async function sinceDeployment(stack: string, sandbox?: boolean): Promise<Difference> {
  // The Kubernetes client takes longer to load than everything else here.
  const { changesSinceDeployment, renderForCluster } = await import("./clusterStack");
  return { changes: changesSinceDeployment(await renderForCluster(stack, sandbox)), notes: [] };
}

/** How a stack differs from the one before it, both under the names of the later one. */
async function promotion(from: string, to: string): Promise<Difference> {
  const { config } = readStackFile(to);
  const names = Object.fromEntries(["flask-app:namespace", "flask-app:releaseName"].map((key) => [key, config[key]]));
  const changes = compare(allManifests(await renderNow(from, names)), allManifests(await renderNow(to)), from, to);
  // The objects of two stacks differ; none of them changes into the other.
  return { changes: changes.map((change) => ({ ...change, impacts: undefined })), notes: [] };
}

async function renderNow(stack: string, changes: Record<string, unknown> = {}): Promise<StackManifests> {
  const file = await withReachableCharts(readStackFile(stack), console.error);
  return renderStack({ stack, config: { ...file.config, ...changes }, folder: projectFolder });
}

async function renderAt(folder: string, stack: string, ref: string): Promise<StackManifests> {
  const { config } = await withReachableCharts(readStackFile(stack, folder), () => undefined);
  return renderStack({ stack, config, folder }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "MODULE_NOT_FOUND") {
      throw new UserError(
        `The program at ${ref} needs packages that are not installed now: ${error.message.split("\n")[0]}`,
      );
    }
    throw isForUser(error) ? new UserError(`At ${ref}: ${error.message}`) : error;
  });
}
