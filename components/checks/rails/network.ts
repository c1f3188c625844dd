import type * as k8s from "@kubernetes/client-node";
import { hasCertificate } from "../../ingress";
import { Manifest } from "../manifestFaults";
import { selects } from "./pods";
import { check, nameOf, No, ofKind, Rail, RailFault, RenderedStack } from "./rail";

/** The parts of a NetworkPolicy that the rails look at. The client's type has `_from` for `from`. */
interface Policy {
  spec: {
    podSelector?: k8s.V1LabelSelector;
    policyTypes?: string[];
    ingress?: { from?: k8s.V1NetworkPolicyPeer[] }[];
    egress?: { to?: k8s.V1NetworkPolicyPeer[]; ports?: k8s.V1NetworkPolicyPort[] }[];
  };
}

export const networkPolicy: Rail = {
  name: "network-policy",
  description: "Network policies say who may connect to each pod, and where it may connect to.",
  inManifests: (stack) => [...unselectedPods(stack), ...ofKind<Policy>(stack, "NetworkPolicy").flatMap(openRules)],
};

function unselectedPods(stack: RenderedStack): RailFault[] {
  const policies = ofKind<Policy>(stack, "NetworkPolicy");
  return stack.pods.flatMap(({ path, labels }) => {
    const types = policies
      .filter(({ spec }) => selects(spec.podSelector ?? {}, labels))
      .flatMap(({ spec }) => spec.policyTypes ?? ["Ingress", ...(spec.egress ? ["Egress"] : [])]);
    const missing = ["Ingress", "Egress"].filter((type) => !types.includes(type));
    const accepted = "one that selects these pods: without it, any pod may connect to them, or they to any server";
    const none = new No(`NetworkPolicy for ${missing.join(" and ")}`);
    return check(missing.length === 0, path, none, accepted, "networkPolicy.enabled");
  });
}

function openRules(policy: Manifest & Policy): RailFault[] {
  const { ingress = [], egress = [] } = policy.spec;
  const path = `${nameOf(policy)}: spec`;
  const from = "a rule that says from where: this one admits every pod of the cluster";
  const to = "a rule that says where to, or on which ports: this one permits every connection";
  return [
    ...ingress.flatMap((rule, index) => check(!isAnywhere(rule.from), `${path}.ingress[${index}]`, rule, from)),
    ...egress.flatMap((rule, index) =>
      check(!isAnywhere(rule.to) || Boolean(rule.ports?.length), `${path}.egress[${index}]`, rule, to),
    ),
  ];
}

function isAnywhere(peers: k8s.V1NetworkPolicyPeer[] = []): boolean {
  const isWide = ({ ipBlock, namespaceSelector, podSelector }: k8s.V1NetworkPolicyPeer) =>
    ipBlock ? ipBlock.cidr.endsWith("/0") : !podSelector && Object.keys(namespaceSelector ?? {}).length === 0;
  return peers.length === 0 || peers.some(isWide);
}

export const ingressTls: Rail = {
  name: "ingress-tls",
  description: "Requests from outside the cluster arrive through an Ingress or a Gateway, over TLS.",
  inManifests: (stack) => [
    ...ofKind<k8s.V1Service>(stack, "Service").flatMap(exposure),
    ...ofKind<k8s.V1Ingress>(stack, "Ingress").flatMap((ingress) => [...bareHosts(ingress), ...noRedirect(ingress)]),
    ...ofKind<Gateway>(stack, "Gateway").flatMap(plainListeners),
    ...ofKind<Route>(stack, "HTTPRoute").flatMap(plainRoute),
  ],
};

const inTransit = "without TLS, traffic can be read in transit";

function exposure(service: Manifest & k8s.V1Service): RailFault[] {
  const { type = "ClusterIP", externalIPs = [] } = service.spec ?? {};
  const path = `${nameOf(service)}: spec`;
  const bypass = "they bypass the Ingress and its TLS";
  return [
    ...check(
      !/^(LoadBalancer|NodePort)$/.test(type),
      `${path}.type`,
      type,
      `no other than ClusterIP: ${bypass}`,
      "service.type",
    ),
    ...check(externalIPs.length === 0, `${path}.externalIPs`, externalIPs, `none: ${bypass}`),
  ];
}

function bareHosts(ingress: Manifest & k8s.V1Ingress): RailFault[] {
  const { rules = [], defaultBackend, ...spec } = ingress.spec ?? {};
  const bare = rules.map(({ host }) => host ?? "*").filter((host) => !hasCertificate(spec, host));
  const hosts = [...bare, ...(defaultBackend ? ["the default backend"] : [])];
  const none = new No(`certificate for ${hosts.join(", ")}`);
  return check(
    hosts.length === 0,
    `${nameOf(ingress)}: spec.tls`,
    none,
    `one for every host: ${inTransit}`,
    "ingress.tls",
  );
}

function noRedirect(ingress: Manifest): RailFault[] {
  const path = `${nameOf(ingress)}: metadata.annotations`;
  return Object.entries(ingress.metadata.annotations ?? {})
    .filter(([key]) => /\/(force-)?ssl-redirect$/.test(key))
    .flatMap(([key, value]) =>
      check(value !== "false", `${path}[${key}]`, value, `"true": ${inTransit}`, "ingress.annotations"),
    );
}

/** The parts of a Gateway (https://gateway-api.sigs.k8s.io/reference/spec/) that say how requests arrive. */
interface Gateway {
  spec: { listeners?: { name: string; protocol: string }[] };
}

/** The parts of an HTTPRoute that say through which listeners its requests arrive. */
interface Route {
  spec: {
    parentRefs?: { name: string; sectionName?: string; port?: number }[];
    rules?: { filters?: { type: string; requestRedirect?: { scheme?: string } }[] }[];
  };
}

function plainListeners(gateway: Manifest & Gateway): RailFault[] {
  const path = `${nameOf(gateway)}: spec.listeners`;
  return (gateway.spec.listeners ?? []).flatMap(({ name, protocol }) =>
    check(/^(HTTPS|TLS)$/.test(protocol), `${path}[${name}].protocol`, protocol, `HTTPS or TLS: ${inTransit}`),
  );
}

/** A route joins every listener of its Gateway, also those without TLS, unless it names one. */
function plainRoute(route: Manifest & Route): RailFault[] {
  const { parentRefs = [], rules = [] } = route.spec;
  const path = `${nameOf(route)}: spec.parentRefs`;
  const isRedirect = rules.every(({ filters = [] }) =>
    filters.some(({ requestRedirect }) => requestRedirect?.scheme === "https"),
  );
  const accepted = `port 443, or a sectionName with https or tls in it: ${inTransit}`;
  return parentRefs.flatMap((parent) => {
    const isTls = parent.port === 443 || /https|tls/i.test(parent.sectionName ?? "");
    return check(isRedirect || isTls, `${path}[${parent.name}]`, parent, accepted);
  });
}
