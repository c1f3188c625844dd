import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { ReleaseInputs } from "../../sandbox/helm";
import { kubeconfigFile, projectFolder, stateFolder } from "../lib/paths";
import { passwordType, releaseType, runProgram } from "../lib/program";
import { findTool } from "../lib/binaries";
import { withoutPulumi } from "../../test/helpers/project";
import { projectToEdit } from "./editedChart";
import { Measure, Row, Subject } from "./row";
import { stack, stackConfig } from "./stack";
import { timedProcess, timedScript } from "./timedProcess";

const helmInTurn = "plain Helm, in turn";
const helmfile = "helmfile";
const databases = ["postgresql", "redis"];

/** What is compared with Helm itself: no Pulumi CLI is needed. */
export const helmRows: Row[] = [
  {
    name: "render",
    what: "render of a stack",
    target: { ratio: 1.5, to: "helm template, in turn" },
    subjects: async (): Promise<Subject[]> => {
      const releases = await releasesOf("bench-render");
      return [
        {
          label: "npm run render",
          run: () => timedProcess("npm", ["run", "--silent", "render", "--", stack]),
        },
        { label: "helm template, in turn", run: () => inTurn(releases, (release) => helm("template", release)) },
        {
          label: "loading the SDK alone",
          run: () => timedProcess("node", [path.join(__dirname, "programs/packages.cjs")]),
        },
      ];
    },
  },
  {
    name: "in-process",
    what: "up without change, in process",
    target: { ratio: 1, to: helmInTurn },
    subjects: async (): Promise<Subject[]> => {
      await start();
      const peers = await helmPeers();
      for (const { run } of peers) {
        await run();
      }
      return [{ label: "npm start", run: start }, ...peers];
    },
  },
  {
    name: "first-in-process",
    what: "first up, in process",
    target: { ratio: 1, to: helmInTurn },
    mostRuns: 3,
    subjects: async (): Promise<Subject[]> => {
      await start();
      return [
        { label: "npm start", before: () => sandboxCommand("destroy"), run: start },
        ...(await helmPeers()).map((peer) => ({ ...peer, before: () => uninstall() })),
      ];
    },
  },
  {
    name: "chart-edit-in-process",
    what: "up after a one-line chart edit, in process",
    subjects: async (): Promise<Subject[]> => {
      const { folder, editChart } = projectToEdit();
      const run = () => sandboxCommand("start", folder);
      await run();
      return [{ label: "npm start", before: editChart, run }, ...(await helmPeers(folder, editChart))];
    },
  },
];

const peersNamespace = "bench-helm";

function sandboxCommand(command: string, folder = projectFolder): Promise<Measure> {
  return timedScript("tools/cli.ts", [command, "--stack", stack], { cwd: folder, env: withoutPulumi() });
}

function start(): Promise<Measure> {
  return sandboxCommand("start");
}

/** The releases of the stack, in an order in which each comes after those that it needs. */
async function releasesOf(namespace: string): Promise<ReleaseInputs[]> {
  const releases: ReleaseInputs[] = [];
  await runProgram({ stack, config: await stackConfig(namespace), folder: projectFolder }, (type, name, inputs) => {
    if (type === releaseType) {
      releases.push(inputs as unknown as ReleaseInputs);
    }
    return Promise.resolve(type === passwordType ? { ...inputs, result: name } : inputs);
  });
  const folder = path.join(stateFolder, namespace);
  fs.mkdirSync(folder, { recursive: true });
  for (const { name, values } of releases) {
    fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(values));
  }
  return releases;
}

async function helm(command: "template" | "upgrade", release: ReleaseInputs, folder = projectFolder): Promise<void> {
  const { name, namespace, chart, version, timeout } = release;
  const values = path.join(stateFolder, namespace, `${name}.json`);
  const common = [command, name, chart, "--namespace", namespace, "--version", version, "--values", values];
  const waiting = ["--install", "--create-namespace", "--wait", "--timeout", `${timeout}s`];
  const args = command === "template" ? common : [...common, ...waiting, "--kubeconfig", kubeconfigFile];
  await execa((await findTool("helm"))!, args, { cwd: folder });
}

async function inTurn(releases: ReleaseInputs[], deploy: (release: ReleaseInputs) => Promise<void>): Promise<Measure> {
  const begun = performance.now();
  for (const release of releases) {
    await deploy(release);
  }
  return { seconds: (performance.now() - begun) / 1000 };
}

/**
 * Helm and, where it is on PATH, helmfile, with the same charts and values in a namespace of their own.
 *
 * @param folder The project, or a copy of it.
 * @param before What a run needs before.
 */
export async function helmPeers(folder = projectFolder, before?: () => Promise<unknown>): Promise<Subject[]> {
  const releases = await releasesOf(peersNamespace);
  const deploy = (release: ReleaseInputs) => helm("upgrade", release, folder);
  const peers: Subject[] = [{ label: helmInTurn, before, run: () => inTurn(releases, deploy) }];
  // `helmfile version` asks for the newest version, and fails where that cannot be had.
  const { exitCode } = await execa("helmfile", ["--version"], { reject: false });
  if (exitCode === 0) {
    const file = path.join(stateFolder, peersNamespace, "helmfile.yaml");
    fs.writeFileSync(file, yaml.stringify(helmfileOf(releases, folder)));
    const args = ["sync", "--file", file, "--helm-binary", (await findTool("helm"))!];
    const env = { KUBECONFIG: kubeconfigFile };
    peers.push({ label: helmfile, before, run: () => timedProcess("helmfile", args, { env }) });
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
      needs: chart === "./chart" ? databases.map((database) => `${namespace}/${name}-${database}`) : [],
    })),
  };
}

async function uninstall(): Promise<void> {
  const releases = await releasesOf(peersNamespace);
  const binary = (await findTool("helm"))!;
  for (const { name } of releases.reverse()) {
    const args = ["uninstall", name, "--namespace", peersNamespace, "--wait", "--ignore-not-found"];
    await execa(binary, [...args, "--cascade", "foreground", "--kubeconfig", kubeconfigFile]);
  }
}
