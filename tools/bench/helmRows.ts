import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { findHelm, runHelm } from "../lib/helm";
import { kubeconfigFile, projectFolder, stateFolder } from "../lib/paths";
import { plannedResources, ReleaseInputs } from "../lib/program";
import { withoutPulumi } from "../lib/projectCopy";
import { editChart, projectCopy, stack, stackIn } from "./deployment";
import { Row, script, Subject, timed, timedProcess } from "./measure";

const peersNamespace = "bench-helm";

/** Comparisons with Helm itself, which do not need the Pulumi CLI. */
export const helmRows: Row[] = [
  {
    name: "render",
    what: "render of a stack",
    target: { ofSecond: 1.5 },
    subjects: async (): Promise<Subject[]> => [
      { label: "npm run render", run: () => timedProcess("npm", ["run", "--silent", "render", "--", stack]) },
      await plainHelm("helm template", ["template"]),
    ],
  },
  {
    name: "in-process",
    what: "up without change, in process",
    target: { ofSecond: 1 },
    subjects: () => deployed(),
  },
  {
    name: "first-in-process",
    what: "first up, in process",
    target: { ofSecond: 1 },
    mostRuns: 3,
    subjects: () => deployed(() => npm("destroy"), uninstallPeers),
  },
  {
    name: "chart-edit-in-process",
    what: "up after a one-line chart edit, in process",
    subjects: () => deployed(editChart),
  },
];

/**
 * Deploys the stack with `npm start` and with its peers, and returns a subject for each that deploys it again.
 *
 * @param before Prepares each run of `npm start`.
 * @param beforePeers Prepares each run of the peers.
 */
async function deployed(before?: () => Promise<unknown>, beforePeers = before): Promise<Subject[]> {
  const subjects = [{ label: "npm start", before, run: () => npm("start") }, ...(await helmPeers(beforePeers))];
  for (const { run } of subjects) {
    await run();
  }
  return subjects;
}

/** Runs a command as its npm script does, without the Pulumi CLI, in the copy of the project. */
function npm(command: "start" | "destroy"): Promise<number> {
  const args = script("tools/cli.ts", command, "--stack", stack);
  return timedProcess("node", args, { cwd: projectCopy(), env: withoutPulumi() });
}

/** Helm and, if it is on PATH, helmfile, with the same charts and values in a namespace of their own. */
async function helmPeers(before?: () => Promise<unknown>): Promise<Subject[]> {
  const upgrade = ["upgrade", "--install", "--create-namespace", "--wait", "--kubeconfig", kubeconfigFile];
  const peers = [await plainHelm("plain Helm", upgrade, before)];
  // `helmfile version` would look for the newest version on the network.
  const { exitCode } = await execa("helmfile", ["--version"], { reject: false });
  if (exitCode === 0) {
    const file = path.join(stateFolder, "helmfile.yaml");
    fs.writeFileSync(file, yaml.stringify(helmfile(await releases())));
    const args = ["sync", "--file", file, "--helm-binary", await findHelm()];
    const env = { KUBECONFIG: kubeconfigFile };
    peers.push({ label: "helmfile", before, run: () => timedProcess("helmfile", args, { env }) });
  }
  return peers;
}

/** Runs a command of Helm on the chart and values of one release after the other. */
async function plainHelm(label: string, command: string[], before?: () => Promise<unknown>): Promise<Subject> {
  const binary = await findHelm();
  const each = (await releases()).map(({ name, namespace, chart, version, timeout, values }) => ({
    args: [...command, name, chart, "--namespace", namespace, "--version", version, "--timeout", `${timeout}s`],
    input: JSON.stringify(values),
  }));
  const run = () =>
    timed(async () => {
      for (const { args, input } of each) {
        await runHelm([...args, "--values", "-"], { binary, input, cwd: projectCopy() });
      }
    });
  return { label, before, run };
}

/** The releases of the stack, each after those it needs. */
async function releases(): Promise<ReleaseInputs[]> {
  const { config } = await stackIn(peersNamespace);
  return (await plannedResources(projectFolder, { stack, config })).releases;
}

function helmfile(wanted: ReleaseInputs[]): object {
  return {
    helmDefaults: { wait: true, timeout: wanted[0].timeout, createNamespace: true },
    releases: wanted.map(({ name, namespace, chart, version, values }) => ({
      name,
      namespace,
      chart: path.resolve(projectCopy(), chart),
      version,
      values: [values],
      needs: chart === "./chart" ? [`${namespace}/${name}-postgresql`, `${namespace}/${name}-redis`] : [],
    })),
  };
}

async function uninstallPeers(): Promise<void> {
  const names = (await releases()).map(({ name }) => name).reverse();
  const options = ["--namespace", peersNamespace, "--wait", "--ignore-not-found", "--cascade", "foreground"];
  await runHelm(["uninstall", ...names, ...options, "--kubeconfig", kubeconfigFile]);
}
