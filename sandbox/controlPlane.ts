import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { ToolName } from "../tools/lib/binaries";
import { kubeconfigFile, manifestsFolder, stateFolder } from "../tools/lib/paths";
import { UserError } from "../tools/lib/userError";
import { ToolPaths } from "./buildBinaries";
import { authorityFile, certificateFolder, Credentials, writeCredentials } from "./credentials";
import { freePort } from "./freePort";
import { serviceNetwork } from "./node/addresses";
import { removeCgroups } from "./node/cgroups";
import { endNamespaces } from "./node/linuxNamespaces";
import { NodeKind, recordNode, startedNode } from "./node/nodeKind";
import { BackgroundProcesses } from "./processes";
import { checkStateFolder, createStateFolder, removeStateFolder } from "./stateFolder";

/** The processes of the sandbox. */
export const processes = new BackgroundProcesses(stateFolder);
const clusterFolder = path.join(__dirname, "cluster");
const controlPlaneProcesses = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const nodeProcesses: Record<NodeKind, string[]> = {
  kwok: ["kwok"],
  real: ["namespace", "api", "containerd", "kubelet", "kube-proxy", "coredns", "volumes"],
};
const readyTimeoutSeconds = 60;

/** Configuration of a client for the sandbox's API server. */
export function sandboxClient(): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfigFile);
  return config;
}

/** Whether the sandbox is complete: every process is alive, and the API server accepts the token of the kubeconfig. */
export async function isControlPlaneReady(): Promise<boolean> {
  const names = [...controlPlaneProcesses, ...nodeProcesses[startedNode()]];
  return (
    names.every((name) => processes.processId(name) !== undefined) &&
    fs.existsSync(kubeconfigFile) &&
    (await isApiReady())
  );
}

/**
 * Ends every process of the sandbox and removes all its files, also after a start that failed or was interrupted.
 *
 * @returns Whether there was a sandbox.
 * @throws {UserError} If the sandbox's folder is not its own. Then it stays as it is.
 */
export async function stopControlPlane(): Promise<boolean> {
  checkStateFolder();
  await endNamespaces(processes);
  await processes.stop();
  await removeCgroups();
  return removeStateFolder();
}

/**
 * Starts a control plane on loopback, with new credentials and no data: etcd, API server, controller manager, scheduler,
 * and a node. Returns when the API server and the node are ready and the storage classes exist.
 *
 * @param interrupt Ends the wait. The processes stay, for {@link stopControlPlane} to end.
 * @param report Called with the step that begins, if it takes a while.
 * @throws {UserError} If a process ends or does not become ready, with the last lines that it printed.
 */
export async function startControlPlane(
  tools: ToolPaths,
  interrupt: AbortSignal,
  node: NodeKind = "kwok",
  report: (step: string) => void = () => undefined,
): Promise<void> {
  createStateFolder();
  recordNode(node);
  const apiPort = await freePort();
  const credentials = writeCredentials(`https://127.0.0.1:${apiPort}`);
  const real = node === "real" ? await import("./node/realNode") : undefined;
  const realNode = await real?.prepareRealNode(processes, apiPort, interrupt, waitFor, report);
  const start = (name: ToolName, args: string[]) =>
    realNode ? realNode.run(name, tools[name], args) : processes.start(name, tools[name], args);

  start("etcd", etcdFlags);
  start("kube-apiserver", [
    ...apiServerFlags(credentials, apiPort),
    ...(realNode?.apiServerFlags ?? kwokApiServerFlags),
  ]);
  await waitFor("the API server", isApiReady, interrupt);
  start("kube-controller-manager", [
    `--kubeconfig=${kubeconfigFile}`,
    "--secure-port=0",
    "--leader-elect=false",
    `--service-account-private-key-file=${credentials.signingKey}`,
    `--root-ca-file=${authorityFile}`,
    // kwok sends no heartbeats. Without this, the node would count as lost after 40 s.
    ...(node === "kwok" ? ["--node-monitor-grace-period=87600h"] : []),
    "--horizontal-pod-autoscaler-sync-period=1s",
  ]);
  start("kube-scheduler", [`--kubeconfig=${kubeconfigFile}`, "--secure-port=0", "--leader-elect=false"]);
  if (realNode) {
    await realNode.start(tools);
    await createClusterObjects(["classes.yaml", "dns.yaml"]);
  } else {
    const stages = [...yamlFiles(path.join(manifestsFolder, "stages")), path.join(clusterFolder, "stages.yaml")];
    const configs = stages.map((file) => `--config=${file}`);
    start("kwok", [`--kubeconfig=${kubeconfigFile}`, "--manage-all-nodes", ...configs]);
    await createClusterObjects(["kwokNode.yaml", "classes.yaml"]);
  }
  await waitFor("the node", isNodeReady, interrupt);
}

/** etcd listens only on sockets in the sandbox's folder, which nobody else can enter: no port, so no certificates. */
const etcdFlags = [
  `--data-dir=${path.join(stateFolder, "etcd")}`,
  "--listen-client-urls=unix://etcd.sock",
  "--advertise-client-urls=unix://etcd.sock",
  "--listen-peer-urls=unix://etcd-peer.sock",
  "--initial-advertise-peer-urls=unix://etcd-peer.sock",
  "--initial-cluster=default=unix://etcd-peer.sock",
  // The data does not outlive the sandbox.
  "--unsafe-no-fsync",
  "--log-level=warn",
];

function apiServerFlags({ signingKey, tokens }: Credentials, port: number): string[] {
  return [
    "--etcd-servers=unix://etcd.sock",
    `--secure-port=${port}`,
    `--cert-dir=${certificateFolder}`,
    `--token-auth-file=${tokens}`,
    "--anonymous-auth=false",
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${signingKey}`,
    `--service-account-signing-key-file=${signingKey}`,
    `--service-cluster-ip-range=${serviceNetwork}`,
  ];
}

const kwokApiServerFlags = [
  "--bind-address=127.0.0.1",
  // The endpoint of the Service `kubernetes` must not be a loopback address.
  "--endpoint-reconciler-type=none",
];

/** Whether the API server is ready and accepts the token of the kubeconfig. */
export async function isApiReady(): Promise<boolean> {
  try {
    return await new k8s.Health(sandboxClient()).readyz({ timeout: 2000 });
  } catch {
    return false;
  }
}

async function isNodeReady(): Promise<boolean> {
  const { items } = await sandboxClient().makeApiClient(k8s.CoreV1Api).listNode();
  const node = items.find(({ metadata }) => metadata?.name === "sandbox");
  return node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** Waits until `isReady`. Fails with the last output of a process that ended, or when the time is up. */
async function waitFor(what: string, isReady: () => Promise<boolean>, interrupt: AbortSignal): Promise<void> {
  const started = processes.started();
  for (const deadline = Date.now() + readyTimeoutSeconds * 1000; Date.now() < deadline; await sleep(100)) {
    interrupt.throwIfAborted();
    if (await isReady()) {
      return;
    }
    const ended = started.find((name) => processes.processId(name) === undefined);
    if (ended) {
      throw new UserError(`${ended} ended while the sandbox waited for ${what}:\n${processes.lastOutput(ended)}`);
    }
  }
  throw new UserError(`The sandbox waited ${readyTimeoutSeconds} s for ${what}. The logs are in ${stateFolder}.`);
}

/** Creates the objects in some files of the folder `cluster`, and the custom resource definitions. */
async function createClusterObjects(names: string[]): Promise<void> {
  const client = k8s.KubernetesObjectApi.makeApiClient(sandboxClient());
  const files = [
    ...names.map((name) => path.join(clusterFolder, name)),
    ...yamlFiles(path.join(manifestsFolder, "crds")),
  ];
  const objects = files.flatMap((file) => k8s.loadAllYaml(fs.readFileSync(file, "utf8")) as k8s.KubernetesObject[]);
  await Promise.all(objects.map((object) => client.create(object)));
}

function yamlFiles(folder: string): string[] {
  const names = fs.readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return names.map((file) => path.join(folder, file));
}
