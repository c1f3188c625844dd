import * as net from "net";
import type { V1LabelSelector, V1PodTemplateSpec } from "@kubernetes/client-node";
import { Manifest } from "../../components/checks/manifestFaults";

/** One end of a connection. */
export interface Endpoint {
  /** IPv4 address. */
  ip: string;
  /** The pod behind it; undefined outside the cluster. */
  pod?: {
    namespace: string;
    labels: Record<string, string>;
    /** Numbers of the ports that have a name. */
    namedPorts?: Record<string, number>;
  };
}

/** What a connection is made to. */
export interface Port {
  port: number;
  protocol: "TCP" | "UDP";
}

/** A pod that a manifest runs, directly or from its template. */
export interface RunningPod {
  /** Kind and name of the manifest, such as `Deployment flask-prod-flask-app`. */
  owner: string;
  endpoint: Endpoint;
  /** Ports that its containers open. */
  ports: Port[];
}

/** The parts of a NetworkPolicy (https://kubernetes.io/docs/concepts/services-networking/network-policies/). */
interface NetworkPolicySpec {
  podSelector: V1LabelSelector;
  policyTypes?: Direction[];
  ingress?: Rule[];
  egress?: Rule[];
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port?: number | string; endPort?: number; protocol?: string }[];
}

interface Peer {
  podSelector?: V1LabelSelector;
  namespaceSelector?: V1LabelSelector;
  ipBlock?: { cidr: string; except?: string[] };
}

type Direction = "Ingress" | "Egress";

/**
 * Whether the NetworkPolicies among some manifests allow a connection: the policies that select its source must allow it
 * as egress, and those that select its destination as ingress. A pod that no policy of a direction selects may do anything.
 * An ipBlock also matches the addresses of pods, as most network plugins do it.
 */
export function allows(manifests: Manifest[], from: Endpoint, to: Endpoint, port: Port): boolean {
  const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy");
  const isAllowed = (direction: Direction, subject: Endpoint, other: Endpoint) => {
    const selecting = policiesOf(policies, subject, direction);
    const rules = selecting.flatMap(({ ingress = [], egress = [] }) => (direction === "Ingress" ? ingress : egress));
    return (
      selecting.length === 0 ||
      rules.some(
        ({ from, to: targets, ports }) =>
          matchesPeers(from ?? targets, other, subject) && matchesPorts(ports, port, to.pod?.namedPorts),
      )
    );
  };
  return isAllowed("Egress", from, to) && isAllowed("Ingress", to, from);
}

/** The pods that some manifests run. */
export function runningPods(manifests: Manifest[]): RunningPod[] {
  return manifests.flatMap((manifest, index) => {
    const template = podTemplate(manifest);
    if (!template) {
      return [];
    }
    const ports = template.spec!.containers.flatMap(({ ports = [] }) => ports);
    const named = ports.flatMap(({ name, containerPort }) => (name ? [[name, containerPort] as const] : []));
    return [
      {
        owner: `${manifest.kind} ${manifest.metadata.name}`,
        ports: ports.map(({ containerPort, protocol }) => ({
          port: containerPort,
          protocol: (protocol ?? "TCP") as Port["protocol"],
        })),
        endpoint: {
          ip: `10.244.0.${index + 1}`,
          pod: {
            namespace: manifest.metadata.namespace!,
            labels: template.metadata?.labels ?? {},
            namedPorts: Object.fromEntries(named),
          },
        },
      },
    ];
  });
}

/** The pod template in a manifest; a Pod is its own. */
export function podTemplate({ kind, spec, metadata }: Manifest): V1PodTemplateSpec | undefined {
  if (kind === "Pod") {
    return { spec, metadata } as V1PodTemplateSpec;
  }
  const { template, jobTemplate } = (spec ?? {}) as {
    template?: V1PodTemplateSpec;
    jobTemplate?: { spec: { template: V1PodTemplateSpec } };
  };
  return jobTemplate?.spec.template ?? template;
}

/** The policies that select a pod in a direction. */
function policiesOf(policies: Manifest[], { pod }: Endpoint, direction: Direction): NetworkPolicySpec[] {
  return policies
    .filter(({ metadata }) => pod && metadata.namespace === pod.namespace)
    .map(({ spec }) => spec as NetworkPolicySpec)
    .filter(({ policyTypes, egress, podSelector }) => {
      const types = policyTypes ?? (egress?.length ? ["Ingress", "Egress"] : ["Ingress"]);
      return types.includes(direction) && matchesLabels(podSelector, pod!.labels);
    });
}

/** Whether an endpoint is one of a rule's peers. A rule without peers means every endpoint. */
function matchesPeers(peers: Peer[] | undefined, { ip, pod }: Endpoint, subject: Endpoint): boolean {
  if (!peers || peers.length === 0) {
    return true;
  }
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock) {
      return isIn(ip, ipBlock.cidr) && !(ipBlock.except ?? []).some((cidr) => isIn(ip, cidr));
    }
    const isInNamespace =
      pod !== undefined &&
      (namespaceSelector
        ? matchesLabels(namespaceSelector, { "kubernetes.io/metadata.name": pod.namespace })
        : pod.namespace === subject.pod?.namespace);
    return isInNamespace && matchesLabels(podSelector ?? {}, pod.labels);
  });
}

function matchesPorts(
  rules: Rule["ports"],
  { port, protocol }: Port,
  namedPorts: Record<string, number> = {},
): boolean {
  if (!rules || rules.length === 0) {
    return true;
  }
  return rules.some((rule) => {
    const first = typeof rule.port === "string" ? namedPorts[rule.port] : rule.port;
    const isInRange =
      rule.port === undefined || (first !== undefined && port >= first && port <= (rule.endPort ?? first));
    return isInRange && protocol === (rule.protocol ?? "TCP");
  });
}

function matchesLabels({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector, labels: Record<string, string>) {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      switch (operator) {
        case "In":
          return key in labels && values.includes(labels[key]);
        case "NotIn":
          return !(key in labels) || !values.includes(labels[key]);
        case "Exists":
          return key in labels;
        case "DoesNotExist":
          return !(key in labels);
        default:
          throw new Error(`${operator} is not an operator of a label selector`);
      }
    })
  );
}

function isIn(ip: string, cidr: string): boolean {
  const [network, prefix] = cidr.split("/");
  const list = new net.BlockList();
  list.addSubnet(network, Number(prefix), "ipv4");
  return list.check(ip);
}
