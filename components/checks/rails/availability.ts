import type * as k8s from "@kubernetes/client-node";
import { Manifest } from "../manifestFaults";
import { Container, Pod, selects } from "./pods";
import { check, nameOf, No, ofKind, Rail, RailFault, RenderedStack } from "./rail";

/** Pods that a Service sends requests to. */
interface ServedPods {
  pod: Pod;
  /** The ports of the pods that Services name. */
  targetPorts: (string | number)[];
  /** The fewest pods that there are, outside a rollout; undefined if no manifest says so. */
  least: number | undefined;
  /** The same, or Kubernetes' default: 1. */
  fewest: number;
  autoscaler?: Manifest;
}

export const survivesANode: Rail = {
  name: "survives-a-node",
  description:
    "The app keeps serving when a node is drained or lost. A database in the cluster is one pod: it is away until it runs on another node.",
  inManifests: (stack) =>
    servedPods(stack).flatMap((served) => [...tooFew(served), ...unfitBudgets(stack, served), ...unspread(served)]),
};

function tooFew({ pod: { owner }, least, fewest, autoscaler }: ServedPods): RailFault[] {
  const accepted = "at least 2: the app is down while its only pod moves to another node";
  if (autoscaler?.kind === "ScaledObject") {
    return check(fewest >= 2, `${nameOf(autoscaler)}: spec.minReplicaCount`, least, accepted);
  }
  return autoscaler
    ? check(fewest >= 2, `${nameOf(autoscaler)}: spec.minReplicas`, fewest, accepted, "autoscaling.minReplicas")
    : check(fewest >= 2, `${nameOf(owner)}: spec.replicas`, least, accepted, "replicaCount");
}

/** A budget must keep a pod and let one go: otherwise a drain may evict them all, or can evict none. */
function unfitBudgets(stack: RenderedStack, { pod, fewest }: ServedPods): RailFault[] {
  const reason = "without a budget, a drain may evict every pod at once";
  const budgets = ofKind<k8s.V1PodDisruptionBudget>(stack, "PodDisruptionBudget").filter(({ spec }) =>
    selects(spec?.selector, pod.labels),
  );
  const none = new No("PodDisruptionBudget for these pods");
  return [
    ...check(budgets.length > 0, pod.path, none, `one: ${reason}`, "podDisruptionBudget.enabled"),
    ...budgets.flatMap((budget) => {
      const [field, value] = Object.entries(budget.spec ?? {}).find(([key]) => /^(min|max)/.test(key)) ?? [
        "minAvailable",
      ];
      const pods = portion((value as number | string | undefined) ?? 0, fewest, Math.ceil);
      const accepted = `1 to ${fewest - 1}: ${reason}`;
      const isFine = fewest < 2 || (pods > 0 && pods < fewest);
      return check(isFine, `${nameOf(budget)}: spec.${field}`, value, accepted, `podDisruptionBudget.${field}`);
    }),
  ];
}

function unspread({ pod, fewest }: ServedPods): RailFault[] {
  const { topologySpreadConstraints = [], affinity, nodeName, nodeSelector = {} } = pod.spec;
  const antiAffinity = affinity?.podAntiAffinity;
  const rules = [
    ...topologySpreadConstraints.filter(({ maxSkew }) => maxSkew < fewest),
    ...(antiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(antiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((rule) => rule.podAffinityTerm),
  ];
  const isSpread = rules.some(
    ({ topologyKey, labelSelector }) =>
      // Labels that every node has, and that tell nodes apart.
      /^(kubernetes\.io\/hostname|topology\.kubernetes\.io\/zone)$/.test(topologyKey) &&
      selects(labelSelector, pod.labels),
  );
  const none = new No("rule that spreads these pods");
  const accepted =
    "one by kubernetes.io/hostname or topology.kubernetes.io/zone that selects their labels: otherwise one node may run every pod";
  const node = nodeName ?? nodeSelector["kubernetes.io/hostname"];
  return [
    ...check(isSpread || fewest < 2, pod.path, none, accepted, "topologySpreadConstraints"),
    ...check(node === undefined, `${pod.path}.nodeSelector`, node, "any node: the pods are lost with that one"),
  ];
}

export const rollingUpdates: Rail = {
  name: "rolling-updates",
  description: "A rollout always leaves a pod that serves.",
  inManifests: (stack) =>
    servedPods(stack)
      .filter(({ pod }) => pod.owner.kind === "Deployment")
      .flatMap(({ pod, fewest }) => {
        const { strategy = {} } = pod.owner.spec as k8s.V1DeploymentSpec;
        const { maxUnavailable = "25%" } = strategy.rollingUpdate ?? {};
        const path = `${nameOf(pod.owner)}: spec.strategy`;
        const reason = "the app is down until new pods are ready";
        const isFine = fewest < 2 || portion(maxUnavailable, fewest, Math.floor) < fewest;
        return strategy.type === "Recreate"
          ? check(false, `${path}.type`, "Recreate", `RollingUpdate: ${reason}`, "strategy.type")
          : check(
              isFine,
              `${path}.rollingUpdate.maxUnavailable`,
              maxUnavailable,
              `fewer than all ${fewest} pods: ${reason}`,
              "strategy.rollingUpdate.maxUnavailable",
            );
      }),
};

export const probed: Rail = {
  name: "probed",
  description: "Kubernetes probes the app itself.",
  inManifests: (stack) =>
    servedPods(stack)
      .flatMap(servingContainers)
      .flatMap((container) =>
        (["livenessProbe", "readinessProbe"] as const).flatMap((name) => {
          const path = `${container.path}.${name}`;
          const { httpGet, exec, grpc } = container[name] ?? {};
          return httpGet
            ? check(
                httpGet.path !== "/",
                `${path}.httpGet.path`,
                "/",
                "a path of its own, such as /health: any server answers /",
                `healthCheck.${name}.path`,
              )
            : check(
                Boolean(exec ?? grpc),
                path,
                container[name],
                "httpGet: without a request to the app, a pod that hangs keeps getting traffic",
                `healthCheck.${name}`,
              );
        }),
      ),
};

function servedPods(stack: RenderedStack): ServedPods[] {
  return stack.pods
    .filter(({ owner }) => !/Job$/.test(owner.kind))
    .map((pod) => {
      const ports = ofKind<k8s.V1Service>(stack, "Service")
        .filter(({ spec }) => spec?.selector && selects({ matchLabels: spec.selector }, pod.labels))
        .flatMap(({ spec }) => spec?.ports ?? []);
      const autoscaler = autoscalersOf(stack).find(
        ({ spec }) =>
          (spec.scaleTargetRef.kind ?? "Deployment") === pod.owner.kind &&
          spec.scaleTargetRef.name === pod.owner.metadata.name,
      );
      const { replicas } = pod.owner.spec as k8s.V1DeploymentSpec;
      const least = autoscaler ? (autoscaler.spec.minReplicas ?? autoscaler.spec.minReplicaCount) : replicas;
      return {
        pod,
        targetPorts: ports.map(({ port, targetPort }) => targetPort ?? port),
        least,
        fewest: least ?? 1,
        autoscaler,
      };
    })
    .filter(({ targetPorts }) => targetPorts.length > 0);
}

/** The parts of a HorizontalPodAutoscaler, and of KEDA's ScaledObject, that the rails look at. */
interface Autoscaler {
  spec: {
    scaleTargetRef: { kind?: string; name: string };
    minReplicas?: number;
    minReplicaCount?: number;
  };
}

function autoscalersOf(stack: RenderedStack): (Manifest & Autoscaler)[] {
  return ["HorizontalPodAutoscaler", "ScaledObject"].flatMap((kind) => ofKind<Autoscaler>(stack, kind));
}

/** The containers whose ports a Service names; the first one if it names none. */
function servingContainers({ pod: { containers, spec }, targetPorts }: ServedPods): Container[] {
  const serving = containers.filter(({ ports = [] }) =>
    ports.some(({ name = "", containerPort }) => targetPorts.includes(name) || targetPorts.includes(containerPort)),
  );
  return serving.length > 0 ? serving : containers.filter(({ name }) => name === spec.containers[0].name);
}

/** A number of pods, or a percentage of them, as a number of pods. */
function portion(value: number | string, pods: number, round: (pods: number) => number): number {
  return typeof value === "string" ? round((pods * parseInt(value, 10)) / 100) : value;
}
