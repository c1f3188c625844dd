import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { kubeconfigFile } from "../../tools/lib/paths";
import { BackgroundProcesses } from "../processes";
import { nodeAddress, podNetwork } from "./addresses";
import { enterScript, nodeFolder } from "./linuxNamespaces";

/** Starts kube-proxy, which routes the addresses of Services to pods. */
export function startKubeProxy(processes: BackgroundProcesses, binary: string): void {
  const config = path.join(nodeFolder, "kube-proxy.yaml");
  fs.writeFileSync(config, yaml.stringify(kubeProxyConfig), { mode: 0o600 });
  processes.start("kube-proxy", enterScript, [binary, `--config=${config}`]);
}

/** Starts CoreDNS, which resolves the names of Services. */
export function startCoreDns(processes: BackgroundProcesses, binary: string): void {
  const corefile = path.join(nodeFolder, "Corefile");
  fs.writeFileSync(corefile, corefileContent, { mode: 0o600 });
  processes.start("coredns", enterScript, [binary, "-conf", corefile]);
}

const kubeProxyConfig = {
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
  // Zero leaves the settings of the whole machine as they are.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
};

const corefileContent = `.:53 {
  bind ${nodeAddress}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfigFile}
    ttl 5
  }
  cache 5
}
`;
