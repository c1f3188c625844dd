import * as pulumi from "@pulumi/pulumi";
import { Command, Option } from "commander";
import { withReachableCharts } from "../lib/bitnamiCharts";
import { projectFolder } from "../lib/paths";
import { readStackFile, stackNames } from "../lib/stackFiles";
import { UserError } from "../lib/userError";
import { allManifests, compare, ObjectChange } from "./changes";
import { manifestsText, valuesText } from "./render";
import { markdownReport, terminalReport } from "./report";
import { withProjectAt } from "./sources";
import type { DriftOptions } from "./stackDrift";
import { renderStack, StackManifests } from "./stackManifests";

/** The exit codes of `diff`. */
const exitCodes = { same: 0, different: 1, trouble: 2 };

interface RenderOptions {
  values?: boolean;
  release?: string;
}

async function render(stack: string, { values, release }: RenderOptions): Promise<void> {
  const manifests = await renderNow(stack);
  const names = manifests.releases.map(({ inputs }) => inputs.name);
  if (release !== undefined && !names.includes(release)) {
    throw new UserError(`There is no release "${release}" in ${stack}; its releases are ${names.join(", ")}.`);
  }
  const wanted = manifests.releases.filter(({ inputs }) => release === undefined || inputs.name === release);
  const plain = release === undefined ? manifests.plain : [];
  process.stdout.write(values ? wanted.map(valuesText).join("---\n") : manifestsText({ plain, releases: wanted }));
}

async function diff(stack: string, other: string, { markdown }: { markdown?: boolean }): Promise<void> {
  const isPromotion = stackNames().includes(other);
  const changes = isPromotion ? await promotion(stack, other) : await changesSince(other, stack);
  if (markdown) {
    const title = isPromotion ? `${stack} promoted to ${other}` : `${stack}, compared with ${other}`;
    process.stdout.write(markdownReport(title, changes));
  } else {
    report(changes);
  }
  process.exitCode = changes.length > 0 ? exitCodes.different : exitCodes.same;
}

/** How a stack's manifests differ from those at a git ref. */
async function changesSince(ref: string, stack: string): Promise<ObjectChange[]> {
  readStackFile(stack);
  const before = await withProjectAt(ref, async (folder) => {
    if (!stackNames(folder).includes(stack)) {
      console.error(`There was no Pulumi.${stack}.yaml at ${ref}: all of the stack is new.`);
      return [];
    }
    return allManifests(await renderAt(folder, stack, ref));
  });
  return compare(before, allManifests(await renderNow(stack)), ref, "now");
}

/** How a stack differs from the one that comes before it: both under the names of the later one. */
async function promotion(from: string, to: string): Promise<ObjectChange[]> {
  const { config } = readStackFile(to);
  const names = ["flask-app:namespace", "flask-app:releaseName"].map((key) => [key, config[key]]);
  const before = await renderNow(from, Object.fromEntries(names) as Record<string, unknown>);
  return compare(allManifests(before), allManifests(await renderNow(to)), from, to);
}

async function drift(stack: string, options: DriftOptions): Promise<void> {
  // The client of Kubernetes takes longer to load than all else here together.
  const { stackDrift } = await import("./stackDrift");
  const changes = await stackDrift(stack, options);
  report(changes);
  process.exitCode = changes.length > 0 ? exitCodes.different : exitCodes.same;
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
    throw error instanceof UserError ? new UserError(`At ${ref}: ${error.message}`) : error;
  });
}

function report(changes: ObjectChange[]): void {
  console.log(terminalReport(changes, process.stdout.isTTY));
}

const program = new Command("flask-app-manifests")
  .description("What a stack deploys, as Kubernetes sees it: rendered, compared, and checked against the cluster.")
  .showHelpAfterError("(--help tells what is accepted)")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.trouble));
const stacks = `one of ${stackNames().join(", ")}`;

program
  .command("render")
  .summary("npm run render -- <stack>: every manifest of a stack")
  .description(
    "Prints every manifest that a stack deploys, all releases and plain resources, with secrets masked. Needs no cluster.",
  )
  .argument("<stack>", stacks)
  .option("--values", "print the values of each release instead, as `helm install --values` reads them")
  .option("--release <name>", "print that release alone")
  .action(render);
program
  .command("diff")
  .summary("npm run diff -- <stack> [ref or stack]: what a change does to the manifests")
  .description(
    "Compares a stack's manifests now with those at a git ref, or, given a second stack, with what that deploys under " +
      "its own names: what a promotion changes. Exit code 0: the same, 1: different, 2: trouble.",
  )
  .argument("<stack>", stacks)
  .argument("[other]", "a git ref, or a stack", "HEAD")
  .option("--markdown", "print it as a comment for a pull request")
  .action(diff);
program
  .command("drift")
  .summary("npm run drift -- <stack>: how the cluster differs from the manifests")
  .description(
    "Compares what is in the cluster with what the stack's manifests say, by a server-side dry run, as `kubectl diff` " +
      "does; nothing is changed. It finds what `pulumi refresh` cannot see: objects of a release that were edited or " +
      "deleted by hand. The cluster is that of kubernetes:context or of KUBECONFIG. Exit code 0: no drift, 1: drift, " +
      "2: trouble.",
  )
  .argument("<stack>", stacks)
  .addOption(new Option("--sandbox", "look at the sandbox that `npm start` started"))
  .option("--dirty", "also with changes that are not committed, which then show as drift")
  .action(drift);

/** What the user can act on as one message; a fault of this program with its stack trace. */
function describeError(error: unknown): string {
  const isExpected = error instanceof UserError || pulumi.RunError.isInstance(error);
  return isExpected ? error.message : String((error as Error).stack);
}

program.parseAsync().then(
  // The SDK keeps the process alive.
  () => process.exit(),
  (error: unknown) => {
    console.error(describeError(error));
    process.exit(exitCodes.trouble);
  },
);
