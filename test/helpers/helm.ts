import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import type * as k8s from "@kubernetes/client-node";
import { execa, ExecaError } from "execa";
import * as yaml from "yaml";
import { projectFolder } from "../../tools/lib/paths";
import { findTool } from "../../tools/lib/binaries";
import { Manifest } from "../../components/checks/manifestFaults";
import { parseManifests } from "../../tools/lib/manifests";
import { pinnedKubernetes } from "./kubernetesDefinitions";
import { kubernetesFaults } from "./kubernetesSchemas";

/** Folder of the app's chart. */
export const appChart = path.join(projectFolder, "chart");

/** Values for a chart. */
export type Values = Record<string, unknown>;

/** What to render; by default the app's chart as release `shop` in namespace `team-a`. */
export interface Rendering {
  /** Folder or package of the chart. */
  chart?: string;
  release?: string;
  namespace?: string;
  /** Values files; the values override them. */
  files?: string[];
  /** Kubernetes version to render for; default: the pinned one. */
  kubernetes?: string;
  /** Further arguments of `helm template`. */
  args?: string[];
}

/** The manifests of a rendered chart. */
export class Manifests {
  constructor(readonly all: Manifest[]) {}

  /** Their kinds, sorted, one for each manifest. */
  get kinds(): string[] {
    return this.all.map(({ kind }) => kind).sort();
  }

  /** All of one kind. */
  every<K extends keyof Kinds>(kind: K): Kinds[K][] {
    const found: unknown[] = this.all.filter((manifest) => manifest.kind === kind);
    return found as Kinds[K][];
  }

  /** The only manifest of a kind (and name, if given), without counting those of hooks and of the worker. */
  one<K extends keyof Kinds>(kind: K, name?: string): Kinds[K] {
    const all = this.every(kind).filter(({ metadata }) => name === undefined || metadata?.name === name);
    const found = all.length === 1 ? all : all.filter((manifest) => !isOfHookOrWorker(manifest));
    if (found.length !== 1) {
      throw new Error(`rendered ${all.length} of the kind ${kind}; all: ${this.kinds.join(", ")}`);
    }
    return found[0];
  }

  /** The spec of the Deployment's pods. */
  get pod(): k8s.V1PodSpec {
    return this.one("Deployment").spec!.template.spec!;
  }

  /** The app's container. */
  get container(): k8s.V1Container {
    return this.pod.containers[0];
  }
}

function isOfHookOrWorker({ metadata }: Pick<k8s.V1Deployment, "metadata">): boolean {
  return Boolean(metadata?.annotations?.["helm.sh/hook"] ?? metadata?.name?.endsWith("-worker"));
}

/** The kinds that tests look into, by name. */
export interface Kinds {
  ConfigMap: k8s.V1ConfigMap;
  CronJob: k8s.V1CronJob;
  Deployment: k8s.V1Deployment;
  HorizontalPodAutoscaler: k8s.V2HorizontalPodAutoscaler;
  Ingress: k8s.V1Ingress;
  Job: k8s.V1Job;
  NetworkPolicy: Manifest;
  PersistentVolumeClaim: k8s.V1PersistentVolumeClaim;
  Pod: k8s.V1Pod;
  PodDisruptionBudget: k8s.V1PodDisruptionBudget;
  Secret: k8s.V1Secret;
  Service: k8s.V1Service;
  ServiceAccount: k8s.V1ServiceAccount;
  ServiceMonitor: Manifest;
  StatefulSet: k8s.V1StatefulSet;
}

/**
 * Renders a chart and checks every manifest against the Kubernetes schemas.
 *
 * @throws With every fault in the manifests, or with the error that Helm prints.
 */
export async function render(values: Values = {}, rendering: Rendering = {}): Promise<Manifests> {
  const manifests = parseManifests(await helmTemplate(values, rendering));
  const faults = (
    await Promise.all(manifests.map((manifest) => kubernetesFaults(manifest, rendering.kubernetes)))
  ).flat();
  if (faults.length > 0) {
    throw new Error(faults.join("\n"));
  }
  return new Manifests(manifests);
}

/** The error that Helm prints for values that it refuses. */
export async function renderError(values: Values): Promise<string> {
  try {
    await helmTemplate(values, {});
  } catch (error) {
    if (error instanceof ExecaError) {
      return String(error.stderr);
    }
    throw error;
  }
  throw new Error(`Helm renders ${JSON.stringify(values)}`);
}

/** Lints a chart with warnings as errors, and returns what Helm prints. */
export async function lint(values: Values, { chart = appChart, files = [] }: Rendering = {}): Promise<string> {
  const { all } = await helm(["lint", chart, "--strict", ...kubernetesVersion, ...valuesArgs(files)], values);
  return all;
}

/** Runs Helm in a folder. The argument `--values -` passes the values. `all` is the output including stderr. */
export async function helm(
  args: string[],
  values: Values = {},
  cwd = projectFolder,
): Promise<{ stdout: string; all: string }> {
  const binary = await findHelm();
  return execa(binary, args, { cwd, input: JSON.stringify(values), all: true });
}

/** Calls a function with a temporary folder, and removes the folder afterwards. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-chart-"));
  try {
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls a function with a temporary copy of the app's chart. */
export async function withCopyOfChart<T>(use: (copy: string) => Promise<T>): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const copy = path.join(folder, "flask-app");
    fs.cpSync(appChart, copy, { recursive: true });
    return use(copy);
  });
}

/** Versions of the app's chart and of the app. */
export const chartVersions = readChart<{ version: string; appVersion: string }>("Chart.yaml");

/** Default values of the app's chart. */
export const defaultValues = readChart<Values>("values.yaml");

/** A decoded value of a Secret's data. */
export function decodeBase64(text: string | undefined): string {
  return Buffer.from(text ?? "", "base64").toString("utf8");
}

function readChart<T>(file: string): T {
  return yaml.parse(fs.readFileSync(path.join(appChart, file), "utf8")) as T;
}

/** Output by command and values: many tests render the same. */
const rendered = new Map<string, Promise<string>>();

/** What `helm template` prints. */
export function helmTemplate(values: Values, rendering: Rendering): Promise<string> {
  const { chart = appChart, release = "shop", namespace = "team-a", files = [], args = [] } = rendering;
  const where = ["template", release, chart, "--namespace", namespace];
  const kubeVersion = rendering.kubernetes ? ["--kube-version", rendering.kubernetes] : kubernetesVersion;
  const command = [...where, ...kubeVersion, ...valuesArgs(files), ...args];
  const key = JSON.stringify([command, values]);
  const output = rendered.get(key) ?? helm(command, values).then(({ stdout }) => stdout);
  rendered.set(key, output);
  return output;
}

/** Renders for the Kubernetes version whose schemas the manifests are checked against. */
const kubernetesVersion = ["--kube-version", pinnedKubernetes];

function valuesArgs(files: string[]): string[] {
  return [...files, "-"].flatMap((file) => ["--values", file]);
}

let helmBinary: Promise<string> | undefined;

function findHelm(): Promise<string> {
  helmBinary ??= findTool("helm").then((binary) => {
    if (!binary) {
      throw new Error("Helm is missing: `npm start` or `npm test` builds it");
    }
    return binary;
  });
  return helmBinary;
}
