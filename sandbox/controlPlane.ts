import * as crypto from "crypto";
import * as fs from "fs";
import * as net from "net";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { apiServiceAddress, nodeAddress, serviceNetwork } from "./node/addresses";
import { removeCgroups } from "./node/cgroups";
import { noteNode, NodeKind, startedNode } from "./node/kind";
import { endNamespace } from "./node/namespace";
import { kubeconfigFile, manifestsFolder, stateFolder } from "../tools/lib/paths";
import { BackgroundProcesses } from "./processes";
import { ToolName } from "../tools/lib/binaries";
import { ToolPaths } from "./buildBinaries";
import { UserError } from "../tools/lib/userError";

/** What runs of the sandbox. */
export const processes = new BackgroundProcesses(stateFolder);
const clusterFolder = path.join(__dirname, "cluster");
const controlPlaneProcesses = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
const nodeProcesses: Record<NodeKind, string[]> = {
  kwok: ["kwok"],
  real: ["namespace", "api", "containerd", "kubelet", "kube-proxy", "coredns", "volumes"],
};
const readyTimeoutSeconds = 60;

/** A client for the sandbox's API server. */
export function sandboxClient(): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfigFile);
  return config;
}

/** Whether a sandbox runs that is whole: every process lives, and the API server answers with this folder's token. */
export async function isControlPlaneReady(): Promise<boolean> {
  const running = processes.running();
  return (
    [...controlPlaneProcesses, ...nodeProcesses[startedNode()]].every((name) => running.includes(name)) &&
    fs.existsSync(kubeconfigFile) &&
    (await isApiReady())
  );
}

/** Ends every process of the sandbox and removes all that it wrote, also after it was started half or has crashed. */
export async function stopControlPlane(): Promise<void> {
  await endNamespace(processes);
  await processes.stop();
  await removeCgroups();
  fs.rmSync(stateFolder, { recursive: true, force: true });
}

/**
 * Starts a control plane on loopback, with new credentials and no data: etcd, API server, controller manager, scheduler,
 * and a node. Instead of a kubelet that is kwok, unless a real node is wanted. Returns when the API server is ready and
 * the node and storage classes are there.
 *
 * @param interrupt Ends the wait; the processes stay, for {@link stopControlPlane} to end.
 * @param report Gets what is being done, when that takes a while.
 * @throws {UserError} If a process ends or does not become ready, with what it printed last.
 */
export async function startControlPlane(
  tools: ToolPaths,
  interrupt: AbortSignal,
  node: NodeKind = "kwok",
  report: (step: string) => void = () => undefined,
): Promise<void> {
  fs.mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  noteNode(node);
  const [etcdPort, etcdPeerPort, apiPort] = await freePorts(3);
  const file = await writeCredentials(`https://127.0.0.1:${apiPort}`);
  const isReal = node === "real";
  // Loaded for a real node alone.
  const real = isReal ? await import("./node/start") : undefined;
  const realNode = await real?.prepareRealNode(processes, apiPort, interrupt, waitFor, report);
  const start = (name: ToolName, args: string[]) =>
    realNode ? realNode.run(name, tools[name], args) : processes.start(name, tools[name], args);

  start("etcd", [
    `--data-dir=${path.join(stateFolder, "etcd")}`,
    `--listen-client-urls=https://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=https://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=https://127.0.0.1:${etcdPeerPort}`,
    `--initial-advertise-peer-urls=https://127.0.0.1:${etcdPeerPort}`,
    `--initial-cluster=default=https://127.0.0.1:${etcdPeerPort}`,
    `--cert-file=${file.certificate}`,
    `--key-file=${file.key}`,
    `--trusted-ca-file=${file.ca}`,
    "--client-cert-auth",
    `--peer-cert-file=${file.certificate}`,
    `--peer-key-file=${file.key}`,
    `--peer-trusted-ca-file=${file.ca}`,
    "--peer-client-cert-auth",
    // The data does not outlive the sandbox.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ]);
  start("kube-apiserver", [
    `--etcd-servers=https://127.0.0.1:${etcdPort}`,
    `--etcd-cafile=${file.ca}`,
    `--etcd-certfile=${file.certificate}`,
    `--etcd-keyfile=${file.key}`,
    `--secure-port=${apiPort}`,
    `--tls-cert-file=${file.certificate}`,
    `--tls-private-key-file=${file.key}`,
    `--cert-dir=${path.join(stateFolder, "apiserver")}`,
    `--token-auth-file=${file.tokens}`,
    "--anonymous-auth=false",
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file.signingKey}`,
    `--service-account-signing-key-file=${file.signingKey}`,
    `--service-cluster-ip-range=${serviceNetwork}`,
    ...(isReal
      ? [
          // All addresses of the sandbox's own network: pods ask it, too.
          "--bind-address=0.0.0.0",
          `--advertise-address=${nodeAddress}`,
          "--kubelet-preferred-address-types=InternalIP",
          `--kubelet-client-certificate=${file.certificate}`,
          `--kubelet-client-key=${file.key}`,
        ]
      : [
          "--bind-address=127.0.0.1",
          // Loopback is no address for the `kubernetes` Service's endpoint.
          "--endpoint-reconciler-type=none",
        ]),
  ]);
  await waitFor("the API server", isApiReady, interrupt);

  start("kube-controller-manager", [
    `--kubeconfig=${kubeconfigFile}`,
    "--secure-port=0",
    "--leader-elect=false",
    `--service-account-private-key-file=${file.signingKey}`,
    `--root-ca-file=${file.ca}`,
    // kwok sends no heartbeats; without this the node would count as lost after 40 s.
    ...(isReal ? [] : ["--node-monitor-grace-period=87600h"]),
    "--horizontal-pod-autoscaler-sync-period=1s",
  ]);
  start("kube-scheduler", [`--kubeconfig=${kubeconfigFile}`, "--secure-port=0", "--leader-elect=false"]);
  if (realNode) {
    await realNode.start(tools, file);
    await createClusterObjects(["storage.yaml", "dns.yaml"]);
  } else {
    start("kwok", [
      `--kubeconfig=${kubeconfigFile}`,
      "--manage-all-nodes",
      ...[...yamlFiles(path.join(manifestsFolder, "stages")), path.join(clusterFolder, "stages.yaml")].map(
        (stages) => `--config=${stages}`,
      ),
    ]);
    await createClusterObjects(["node.yaml", "storage.yaml"]);
  }
  await waitFor("the node", isNodeReady, interrupt);
}

async function writeCredentials(server: string) {
  // A sandbox that runs does without, and so without the time that loading it takes.
  const { makeCertificates, makeSigningKey } = await import("./certificates");
  const { ca, loopback } = await makeCertificates([
    { type: "ip", value: nodeAddress },
    { type: "ip", value: apiServiceAddress },
    { type: "dns", value: "kubernetes.default.svc" },
  ]);
  const token = crypto.randomBytes(32).toString("hex");
  const write = (name: string, content: string) => {
    const file = path.join(stateFolder, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "sandbox", server, caData: Buffer.from(ca).toString("base64") }],
    users: [{ name: "sandbox", token }],
    contexts: [{ name: "sandbox", cluster: "sandbox", user: "sandbox" }],
    currentContext: "sandbox",
  });
  write(path.basename(kubeconfigFile), config.exportConfig());
  return {
    ca: write("ca.pem", ca),
    certificate: write("loopback.pem", loopback.certificate),
    key: write("loopback-key.pem", loopback.key),
    signingKey: write("service-account-key.pem", makeSigningKey()),
    tokens: write("tokens.csv", `${token},sandbox,sandbox,system:masters\n`),
  };
}

async function isApiReady(): Promise<boolean> {
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

/** Waits until `isReady`, or until a process ends or the time is up: then it says what that process printed last. */
async function waitFor(what: string, isReady: () => Promise<boolean>, interrupt: AbortSignal): Promise<void> {
  const started = processes.recorded();
  for (const deadline = Date.now() + readyTimeoutSeconds * 1000; Date.now() < deadline; await sleep(100)) {
    interrupt.throwIfAborted();
    if (await isReady()) {
      return;
    }
    const running = processes.running();
    const ended = started.find((name) => !running.includes(name));
    if (ended) {
      throw new UserError(`${ended} ended while the sandbox waited for ${what}:\n${processes.lastOutput(ended)}`);
    }
  }
  throw new UserError(`The sandbox waited ${readyTimeoutSeconds} s for ${what}; ${stateFolder} has the logs.`);
}

/** Makes the objects in files of the folder `cluster`, and the custom resource definitions. */
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
  return fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => path.join(folder, file));
}

/** Ports of 127.0.0.1 that nobody listens on, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
