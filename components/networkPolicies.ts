import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { withChartDefaults } from "./config/chartValues";
import { FlaskAppValues } from "./config/config.generated";
import { EgressRule } from "./database";

/** Labels that select pods. */
export type PodLabels = Record<string, string>;

type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;
type NetworkPolicyEgressRule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;
type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Who talks to whom in a namespace that denies every other connection. */
export interface NetworkAccess {
  /** Labels of all pods of the app's release. The databases admit them, and the chart's policies say which of them connect. */
  app: PodLabels;
  /** Where the cluster's DNS runs; empty: anywhere. */
  dns: Peer[];
  /** Who may connect to the app: the Ingress controller and Prometheus. */
  visitors: Peer[];
  /** Whether cert-manager may have to prove to an ACME server that it controls a host of the Ingress. */
  solvesChallenges: boolean;
}

/**
 * The network of a stack, from the values of its app; undefined if `networkPolicy.enabled` is not true.
 *
 * @param releaseName Name of the app's release.
 */
export function networkAccess(releaseName: string, values: FlaskAppValues): NetworkAccess | undefined {
  const { networkPolicy, ingress } = withChartDefaults(values);
  if (!networkPolicy.enabled) {
    return undefined;
  }
  return {
    app: { "app.kubernetes.io/instance": releaseName },
    dns: networkPolicy.dnsPeers,
    visitors: networkPolicy.ingressFrom,
    solvesChallenges: ingress.enabled && ingress.tls.length > 0,
  };
}

/** Arguments of {@link databasePolicies}. */
export interface DatabasePoliciesArgs {
  releaseName: string;
  /** Namespace of the policies. It must exist. */
  namespace: pulumi.Input<string>;
  network: NetworkAccess;
  /** Labels of the database's pod. */
  pod: PodLabels;
  /** Rule that reaches it. */
  egress: EgressRule;
  /** Pods of the program that use the database, by what they do. */
  jobs?: Record<string, DatabaseJob>;
}

/** Pods of the program that use a database. */
export interface DatabaseJob {
  pod: PodLabels;
  /** What they may connect to, apart from the database and DNS. */
  egress?: NetworkPolicyEgressRule[];
}

/**
 * Lets the app and the program's own jobs connect to a database. The database itself opens no connection.
 *
 * The Bitnami charts have policies, too, but no value of theirs describes the jobs, or all that a pod may connect to.
 *
 * @returns The policies, which must exist before the pods that they select.
 */
export function databasePolicies(args: DatabasePoliciesArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const { releaseName, namespace, network, pod, egress, jobs = {} } = args;
  const clients = [network.app, ...Object.values(jobs).map((job) => job.pod)];
  const access = { podSelector: { matchLabels: pod }, ingress: [{ from: clients.map(podPeer), ports: egress.ports }] };
  return [
    policy({ name: `${releaseName}-access`, namespace }, access, opts),
    ...Object.entries(jobs).map(([name, job]) => {
      const rules = [dnsEgress(network), egress, ...(job.egress ?? [])];
      const client = { podSelector: { matchLabels: job.pod }, egress: rules };
      return policy({ name: `${releaseName}-${name}`, namespace }, client, opts);
    }),
  ];
}

/** Arguments of {@link denyByDefault}. */
export interface DenyByDefaultArgs {
  /** Name of the app's release. */
  releaseName: string;
  /** Namespace of the policies. It must exist. */
  namespace: pulumi.Input<string>;
  network: NetworkAccess;
}

/**
 * Denies every connection in a namespace that no other policy allows. It must come after all other policies, and also
 * after those of the app's release, or else it would cut pods off that already run.
 *
 * cert-manager runs a pod in the namespace for each HTTP-01 challenge, and answers through the Ingress. Without a policy
 * for it, certificates could not be renewed (https://cert-manager.io/docs/configuration/acme/http01/).
 */
export function denyByDefault(args: DenyByDefaultArgs, opts: pulumi.CustomResourceOptions): void {
  const { releaseName, namespace, network } = args;
  const solver = {
    podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
    ingress: [{ from: network.visitors, ports: [{ port: 8089, protocol: "TCP" }] }],
  };
  const dependsOn = network.solvesChallenges
    ? [policy({ name: `${releaseName}-acme-solver`, namespace }, solver, opts)]
    : [];
  const everyPod = { podSelector: {} };
  policy({ name: `${releaseName}-default-deny`, namespace }, everyPod, pulumi.mergeOptions(opts, { dependsOn }));
}

/** A policy that allows only the given connections of the selected pods, in both directions. */
function policy(
  metadata: { name: string; namespace: pulumi.Input<string> },
  spec: Pick<PolicySpec, "podSelector" | "ingress" | "egress">,
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy {
  return new k8s.networking.v1.NetworkPolicy(
    metadata.name,
    { metadata, spec: { ...spec, policyTypes: ["Ingress", "Egress"] } },
    // It holds no data, so there is nothing to protect.
    { ...opts, protect: false },
  );
}

function podPeer(matchLabels: PodLabels): Peer {
  return { podSelector: { matchLabels } };
}

/** Rule that lets pods resolve names, as in the chart (`flask-app.dnsEgress`). */
function dnsEgress({ dns }: NetworkAccess): NetworkPolicyEgressRule {
  const ports = [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ];
  return dns.length > 0 ? { ports, to: dns } : { ports };
}
