import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { kubeconfigFile } from "../../tools/lib/paths";
import { ToolPaths } from "../buildBinaries";
import { BackgroundProcesses } from "../processes";
import { dnsServiceAddress, nodeAddress, podNetwork } from "./addresses";
import { cgroupName } from "./cgroups";
import { runtimeFolder } from "./debianPackages";
import { pauseImage } from "./images";
import { containerdSocket, enterScript, nodeFolder } from "./linuxNamespaces";

const kubeletClientCertificate = path.join(nodeFolder, "kubelet-client.pem");

/** Values of the placeholders in the files of the folder `config`. */
const placeholders: Record<string, string> = {
  cgroupName,
  containerdSocket,
  dnsServiceAddress,
  kubeconfigFile,
  kubeletClientCertificate,
  nodeAddress,
  nodeFolder,
  pauseImage,
  podNetwork,
  runtimeFolder,
};

/** Starts containerd, with a root folder of its own. Each pod gets a network interface that leads to the node. */
export function startContainerd(processes: BackgroundProcesses): void {
  fs.mkdirSync(path.join(nodeFolder, "networks"));
  writeConfig("pods.conflist", "networks/pods.conflist");
  const containerd = path.join(runtimeFolder, "usr/bin/containerd");
  processes.start("containerd", enterScript, [containerd, "--config", writeConfig("containerd.toml")]);
}

/** Whether containerd answers. */
export async function isContainerdReady(): Promise<boolean> {
  return (await execa(enterScript, ["ctr", "version"], { reject: false })).exitCode === 0;
}

/**
 * Creates the only client certificate that the kubelet accepts, which signs itself.
 *
 * @returns Flags with which the API server uses it.
 */
export async function createKubeletClient(): Promise<string[]> {
  const key = path.join(nodeFolder, "kubelet-client-key.pem");
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", "/CN=flask-app sandbox"],
    ...["-addext", "extendedKeyUsage=clientAuth", "-keyout", key, "-out", kubeletClientCertificate],
  ]);
  return [`--kubelet-client-certificate=${kubeletClientCertificate}`, `--kubelet-client-key=${key}`];
}

/**
 * Starts the kubelet, kube-proxy, which routes the addresses of Services to pods, CoreDNS, which resolves the names of
 * Services, and the provisioner of volumes.
 */
export function startNodePrograms(processes: BackgroundProcesses, tools: ToolPaths): void {
  processes.start("kubelet", enterScript, [
    tools.kubelet,
    `--config=${writeConfig("kubelet.yaml")}`,
    `--kubeconfig=${kubeconfigFile}`,
    `--root-dir=${path.join(nodeFolder, "kubelet")}`,
    `--cert-dir=${path.join(nodeFolder, "kubelet-certificates")}`,
    "--hostname-override=sandbox",
    `--node-ip=${nodeAddress}`,
    "--node-labels=topology.kubernetes.io/zone=sandbox",
  ]);
  processes.start("kube-proxy", enterScript, [tools["kube-proxy"], `--config=${writeConfig("kube-proxy.yaml")}`]);
  processes.start("coredns", enterScript, [tools.coredns, "-conf", writeConfig("Corefile")]);
  const provisioner = ["-r", require.resolve("ts-node/register"), path.join(__dirname, "volumeProvisioner.ts")];
  processes.start("volumes", enterScript, [process.execPath, ...provisioner, path.join(nodeFolder, "volumes")]);
}

/**
 * Writes a file of the folder `config` into the node's folder, with each `${placeholder}` replaced by its value. The
 * placeholders are in double quotes, where every format here reads the escapes of JSON.
 *
 * @returns Path of the written file.
 */
function writeConfig(name: string, target = name): string {
  const template = fs.readFileSync(path.join(__dirname, "config", name), "utf8");
  const text = template.replace(/\$\{(\w+)\}/g, (_, key: string) => JSON.stringify(placeholders[key]).slice(1, -1));
  const file = path.join(nodeFolder, target);
  fs.writeFileSync(file, text, { mode: 0o600 });
  return file;
}
