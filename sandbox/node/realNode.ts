import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { kubeconfigFile, stateFolder } from "../../tools/lib/paths";
import { BackgroundProcesses } from "../processes";
import { ToolPaths } from "../buildBinaries";
import { dnsServiceAddress, nodeAddress, podNetwork } from "./addresses";
import { cgroupName } from "./cgroups";
import { enterScript, nodeFolder } from "./namespace";
import { runtimeSocket } from "./runtime";

/** Files of the sandbox's credentials. */
export interface Credentials {
  ca: string;
  certificate: string;
  key: string;
}

/**
 * Starts what makes a node of the namespaces in which the container runtime and the control plane run: the kubelet,
 * kube-proxy, CoreDNS, and what makes volumes.
 */
export function startRealNode(processes: BackgroundProcesses, tools: ToolPaths, credentials: Credentials): void {
  const write = (name: string, content: string) => {
    const file = path.join(nodeFolder, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const kubelet = write("kubelet.yaml", yaml.stringify(kubeletConfig(credentials, write("resolv.conf", ""))));
  processes.start("kubelet", enterScript, [
    tools.kubelet,
    `--config=${kubelet}`,
    `--kubeconfig=${kubeconfigFile}`,
    `--root-dir=${path.join(nodeFolder, "kubelet")}`,
    `--cert-dir=${path.join(nodeFolder, "kubelet-certificates")}`,
    "--hostname-override=sandbox",
    `--node-ip=${nodeAddress}`,
    "--node-labels=topology.kubernetes.io/zone=sandbox",
  ]);
  const proxy = write("kube-proxy.yaml", yaml.stringify(proxyConfig));
  processes.start("kube-proxy", enterScript, [tools["kube-proxy"], `--config=${proxy}`]);
  const corefile = write("Corefile", corefileText);
  processes.start("coredns", enterScript, [tools.coredns, "-conf", corefile]);
  const provisioner = ["-r", "ts-node/register", path.join(__dirname, "provisioner.ts"), volumesFolder];
  processes.start("volumes", enterScript, [process.execPath, ...provisioner]);
}

const volumesFolder = path.join(nodeFolder, "volumes");

function kubeletConfig({ ca, certificate, key }: Credentials, resolvConf: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: nodeAddress,
    readOnlyPort: 0,
    healthzPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false }, x509: { clientCAFile: ca } },
    // Who has the sandbox's certificate may do all.
    authorization: { mode: "AlwaysAllow" },
    tlsCertFile: certificate,
    tlsPrivateKeyFile: key,
    containerRuntimeEndpoint: `unix://${runtimeSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupName}`,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // However full the machine's disk is.
    evictionHard: {},
    imageGCHighThresholdPercent: 100,
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    clusterDNS: [dnsServiceAddress],
    clusterDomain: "cluster.local",
    resolvConf,
    podLogsDir: path.join(nodeFolder, "logs"),
    volumePluginDir: path.join(nodeFolder, "volume-plugins"),
    // A Secret that changed reaches who mounts it within seconds.
    syncFrequency: "10s",
  };
}

const proxyConfig = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "nftables",
  clientConnection: { kubeconfig: kubeconfigFile },
  hostnameOverride: "sandbox",
  bindAddress: nodeAddress,
  healthzBindAddress: `${nodeAddress}:10256`,
  clusterCIDR: podNetwork,
  detectLocalMode: "ClusterCIDR",
  oomScoreAdj: 0,
  nftables: { minSyncPeriod: "100ms" },
  // These belong to the whole machine.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
};

const corefileText = `.:53 {
  bind ${nodeAddress}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${path.join(stateFolder, "kubeconfig")}
    ttl 5
  }
  cache 5
}
`;
