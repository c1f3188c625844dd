import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { findTool } from "../lib/binaries";
import { kubeconfigFile, projectFolder, stateFolder } from "../lib/paths";
import { createNothing, ReleaseInputs, releaseType, runProject } from "../lib/program";
import { withoutPulumi } from "../lib/projectCopy";
import { timed, timedProcess, timedScript } from "./measure";
import { loadSdk } from "./programRows";
import { Measure, Row, Subject } from "./row";
import { projectToEdit, stack, stackConfig } from "./stack";

const helmInTurn = "plain Helm, in turn";
const templateInTurn = "helm template, in turn";
const peersNamespace = "bench-helm";

/** Comparisons with Helm itself, which do not need the Pulumi CLI. */
export const helmRows: Row[] = [
  {
    name: "render",
    what: "render of a stack",
    target: { ratio: 1.5, to: templateInTurn },
    subjects: async (): Promise<Subject[]> => {
      const releases = await releasesOf("bench-render");
      return [
        { label: "npm run render", run: () => timedProcess("npm", ["run", "--silent", "render", "--", stack]) },
        { label: templateInTurn, run: () => inTurn(releases, (release) => helm(["template"], release)) },
        { label: "loading the SDK alone", run: loadSdk },
      ];
    },
  },
  {
    name: "in-process",
    what: "up without change, in process",
    target: { ratio: 1, to: helmInTurn },
    subjects: async (): Promise<Subject[]> => {
      const subjects = [{ label: "npm start", run: () => npm("start") }, ...(await helmPeers())];
      for (const { run } of subjects) {
        await run();
      }
      return subjects;
    },
  },
  {
    name: "first-in-process",
    what: "first up, in process",
    target: { ratio: 1, to: helmInTurn },
    mostRuns: 3,
    subjects: async (): Promise<Subject[]> => {
      await npm("start");
      return [
        { label: "npm start", before: () => npm("destroy"), run: () => npm("start") },
        ...(await helmPeers(projectFolder, uninstall)),
      ];
    },
  },
  {
    name: "chart-edit-in-process",
    what: "up after a one-line chart edit, in process",
    subjects: async (): Promise<Subject[]> => {
      const { folder, editChart } = projectToEdit();
      await npm("start", folder);
      const ours = { label: "npm start", before: editChart, run: () => npm("start", folder) };
      return [ours, ...(await helmPeers(folder, editChart))];
    },
  },
];

/** Runs a command as its npm script does, without the Pulumi CLI. */
function npm(command: "start" | "destroy", cwd = projectFolder): Promise<Measure> {
  return timedScript("tools/cli.ts", [command, "--stack", stack], { cwd, env: withoutPulumi() });
}

/** The releases of the stack, each after those it needs. Writes the values of each for Helm. */
async function releasesOf(namespace: string): Promise<ReleaseInputs[]> {
  const releases: ReleaseInputs[] = [];
  await runProject(projectFolder, {
    stack,
    config: await stackConfig(namespace),
    handle: (type, name, inputs) => {
      if (type === releaseType) {
        releases.push(inputs as unknown as ReleaseInputs);
      }
      return createNothing(type, name, inputs);
    },
  });
  fs.mkdirSync(path.join(stateFolder, namespace), { recursive: true });
  for (const release of releases) {
    fs.writeFileSync(valuesFile(release), JSON.stringify(release.values));
  }
  return releases;
}

function valuesFile({ namespace, name }: ReleaseInputs): string {
  return path.join(stateFolder, namespace, `${name}.json`);
}

/** Runs Helm on the chart and values of a release. */
async function helm(command: string[], release: ReleaseInputs, folder = projectFolder): Promise<void> {
  const { name, namespace, chart, version } = release;
  const args = [...command, name, chart, "--namespace", namespace, "--version", version];
  await execa((await findTool("helm"))!, [...args, "--values", valuesFile(release)], { cwd: folder });
}

function inTurn(releases: ReleaseInputs[], deploy: (release: ReleaseInputs) => Promise<void>): Promise<Measure> {
  return timed(async () => {
    for (const release of releases) {
      await deploy(release);
    }
  });
}

/**
 * Helm and, if it is on PATH, helmfile, with the same charts and values in a namespace of their own.
 *
 * @param folder The project, or a copy of it.
 * @param before Prepares each run.
 */
export async function helmPeers(folder = projectFolder, before?: () => Promise<unknown>): Promise<Subject[]> {
  const releases = await releasesOf(peersNamespace);
  const upgrade = ["upgrade", "--install", "--create-namespace", "--wait", "--kubeconfig", kubeconfigFile];
  const deploy = (release: ReleaseInputs) => helm([...upgrade, "--timeout", `${release.timeout}s`], release, folder);
  const peers: Subject[] = [{ label: helmInTurn, before, run: () => inTurn(releases, deploy) }];
  // `helmfile version` would look for the newest version on the network.
  const { exitCode } = await execa("helmfile", ["--version"], { reject: false });
  if (exitCode === 0) {
    const file = path.join(stateFolder, peersNamespace, "helmfile.yaml");
    fs.writeFileSync(file, yaml.stringify(helmfileOf(releases, folder)));
    const args = ["sync", "--file", file, "--helm-binary", (await findTool("helm"))!];
    const env = { KUBECONFIG: kubeconfigFile };
    peers.push({ label: "helmfile", before, run: () => timedProcess("helmfile", args, { env }) });
  }
  return peers;
}

function helmfileOf(releases: ReleaseInputs[], folder: string): object {
  return {
    helmDefaults: { wait: true, timeout: releases[0].timeout, createNamespace: true },
    releases: releases.map(({ name, namespace, chart, version, values }) => ({
      name,
      namespace,
      chart: path.resolve(folder, chart),
      version,
      values: [values],
      needs: chart === "./chart" ? [`${namespace}/${name}-postgresql`, `${namespace}/${name}-redis`] : [],
    })),
  };
}

async function uninstall(): Promise<void> {
  const binary = (await findTool("helm"))!;
  for (const { name } of (await releasesOf(peersNamespace)).reverse()) {
    const args = ["uninstall", name, "--namespace", peersNamespace, "--wait", "--ignore-not-found"];
    await execa(binary, [...args, "--cascade", "foreground", "--kubeconfig", kubeconfigFile]);
  }
}
