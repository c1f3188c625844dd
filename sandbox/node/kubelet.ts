import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { kubeconfigFile } from "../../tools/lib/paths";
import { BackgroundProcesses } from "../processes";
import { dnsServiceAddress, nodeAddress } from "./addresses";
import { cgroupName } from "./cgroups";
import { containerdSocket } from "./containerd";
import { enterScript, nodeFolder } from "./linuxNamespaces";

const clientCertificate = path.join(nodeFolder, "kubelet-client.pem");
const clientKey = path.join(nodeFolder, "kubelet-client-key.pem");

/**
 * Creates the only client certificate that the kubelet accepts, which signs itself.
 *
 * @returns Flags with which the API server uses it.
 */
export async function createKubeletClient(): Promise<string[]> {
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", "/CN=flask-app sandbox"],
    ...["-addext", "extendedKeyUsage=clientAuth", "-keyout", clientKey, "-out", clientCertificate],
  ]);
  return [`--kubelet-client-certificate=${clientCertificate}`, `--kubelet-client-key=${clientKey}`];
}

/** Starts the kubelet. */
export function startKubelet(processes: BackgroundProcesses, binary: string): void {
  const config = path.join(nodeFolder, "kubelet.yaml");
  fs.writeFileSync(config, yaml.stringify(kubeletConfig), { mode: 0o600 });
  fs.writeFileSync(resolvConf, "", { mode: 0o600 });
  processes.start("kubelet", enterScript, [
    binary,
    `--config=${config}`,
    `--kubeconfig=${kubeconfigFile}`,
    `--root-dir=${path.join(nodeFolder, "kubelet")}`,
    `--cert-dir=${path.join(nodeFolder, "kubelet-certificates")}`,
    "--hostname-override=sandbox",
    `--node-ip=${nodeAddress}`,
    "--node-labels=topology.kubernetes.io/zone=sandbox",
  ]);
}

/** Empty: pods use the cluster's DNS, and there is no other. */
const resolvConf = path.join(nodeFolder, "resolv.conf");

const kubeletConfig = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: nodeAddress,
  readOnlyPort: 0,
  healthzPort: 0,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: clientCertificate },
  },
  // Only the API server has the client certificate.
  authorization: { mode: "AlwaysAllow" },
  containerRuntimeEndpoint: `unix://${containerdSocket}`,
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${cgroupName}`,
  enforceNodeAllocatable: [],
  failCgroupV1: false,
  failSwapOn: false,
  // No pod is evicted and no image deleted, however full the machine's disk is.
  evictionHard: {},
  imageGCHighThresholdPercent: 100,
  makeIPTablesUtilChains: false,
  oomScoreAdj: 0,
  clusterDNS: [dnsServiceAddress],
  clusterDomain: "cluster.local",
  resolvConf,
  podLogsDir: path.join(nodeFolder, "logs"),
  volumePluginDir: path.join(nodeFolder, "volume-plugins"),
  // Pods see a mounted Secret change within seconds.
  syncFrequency: "10s",
};
