/** Addresses in the real node's own network, which no other network of the machine can reach. */

/** The node. The API server, the kubelet and CoreDNS listen on it. */
export const nodeAddress = "10.97.0.1";
/** Addresses of pods. */
export const podNetwork = "10.98.0.0/16";
/** Addresses of Services. */
export const serviceNetwork = "10.96.0.0/16";
/** The Service `kube-dns`. */
export const dnsServiceAddress = "10.96.0.10";
