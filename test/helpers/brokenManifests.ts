import type * as k8s from "@kubernetes/client-node";
import { Manifest } from "../../components/checks/manifestFaults";

/** A manifest that fits its schema but breaks a rule of the API server, and the path of its fault. */
export interface BrokenManifest {
  title: string;
  manifest: Manifest;
  path: string;
  /** Whether the API server accepts it when it is new. Then only an upgrade or a server-side apply would go wrong. */
  isAcceptedWhenNew?: boolean;
}

const labels = { app: "shop" };
const web: k8s.V1Container = { name: "web", image: "shop:1.0" };

/** A Deployment whose pods are as given. */
export function deployment(pod: Partial<k8s.V1PodSpec>, podLabels: Record<string, string> = labels): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels: podLabels }, spec: { containers: [web], ...pod } },
    },
  };
}

/** A Deployment whose container is as given. */
function container(fields: Partial<k8s.V1Container>): Manifest {
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "cache", emptyDir: {} },
  ];
  return deployment({ containers: [{ ...web, ...fields }], volumes });
}

const first = "spec.template.spec.containers[0]";

export const brokenManifests: BrokenManifest[] = [
  {
    title: "two mounts at one path",
    manifest: container({
      volumeMounts: [
        { name: "data", mountPath: "/tmp" },
        { name: "cache", mountPath: "/tmp" },
      ],
    }),
    path: `${first}.volumeMounts[1].mountPath`,
  },
  {
    title: "a mount without its volume",
    manifest: container({ volumeMounts: [{ name: "model", mountPath: "/model" }] }),
    path: `${first}.volumeMounts[0].name`,
  },
  {
    title: "two volumes of one name",
    manifest: deployment({
      volumes: [
        { name: "data", emptyDir: {} },
        { name: "data", emptyDir: {} },
      ],
    }),
    path: "spec.template.spec.volumes[1].name",
  },
  {
    title: "two containers of one name",
    manifest: deployment({ containers: [web, web] }),
    path: "spec.template.spec.containers[1].name",
  },
  {
    title: "an init container with the name of a container",
    manifest: deployment({ initContainers: [web] }),
    path: "spec.template.spec.initContainers[0].name",
  },
  {
    title: "two ports of one name",
    manifest: container({
      ports: [
        { name: "http", containerPort: 80 },
        { name: "http", containerPort: 81 },
      ],
    }),
    path: `${first}.ports[1].name`,
  },
  {
    title: "one port of a container twice",
    manifest: container({
      ports: [
        { name: "http", containerPort: 80 },
        { name: "metrics", containerPort: 80, protocol: "TCP" },
      ],
    }),
    path: `${first}.ports[1].containerPort`,
    isAcceptedWhenNew: true,
  },
  {
    title: "one variable twice",
    manifest: container({
      env: [
        { name: "LEVEL", value: "1" },
        { name: "LEVEL", value: "2" },
      ],
    }),
    path: `${first}.env[1].name`,
    isAcceptedWhenNew: true,
  },
  {
    title: "a request above its limit",
    manifest: container({ resources: { limits: { memory: "1Gi" }, requests: { memory: "1.5e9" } } }),
    path: `${first}.resources.requests.memory`,
  },
  {
    title: "a GPU whose request and limit differ",
    manifest: container({ resources: { limits: { "nvidia.com/gpu": "2" }, requests: { "nvidia.com/gpu": "1" } } }),
    path: `${first}.resources.requests.nvidia.com/gpu`,
  },
  {
    title: "a GPU without a limit",
    manifest: container({ resources: { requests: { "nvidia.com/gpu": "1" } } }),
    path: `${first}.resources.requests.nvidia.com/gpu`,
  },
  {
    title: "a Deployment that does not select its pods",
    manifest: deployment({}, { app: "store" }),
    path: "spec.template.metadata.labels.app",
  },
  {
    title: "two ports of a Service with one number",
    manifest: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "shop" },
      spec: {
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      },
    },
    path: "spec.ports[1].port",
  },
  {
    title: "an Ingress with two classes",
    manifest: {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "shop", annotations: { "kubernetes.io/ingress.class": "nginx-internal" } },
      spec: { ingressClassName: "nginx", defaultBackend: { service: { name: "shop", port: { number: 80 } } } },
    },
    path: "metadata.annotations.kubernetes.io/ingress.class",
  },
  {
    title: "a CronJob whose pods restart",
    manifest: {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "shop" },
      spec: { schedule: "@daily", jobTemplate: { spec: { template: { spec: { containers: [web] } } } } },
    },
    path: "spec.jobTemplate.spec.template.spec.restartPolicy",
  },
];

/** A manifest that looks as if it broke a rule, but that the API server accepts. */
export const soundManifests: { title: string; manifest: Manifest }[] = [
  {
    title: "one volume at two paths, by its parts",
    manifest: container({
      volumeMounts: [
        { name: "data", mountPath: "/a", subPath: "a" },
        { name: "data", mountPath: "/b", subPath: "b" },
      ],
    }),
  },
  {
    title: "one port for two protocols",
    manifest: container({ ports: [{ containerPort: 53, protocol: "UDP" }, { containerPort: 53 }] }),
  },
  {
    title: "the same port of two containers",
    manifest: deployment({
      containers: [web, { ...web, name: "side" }].map((one) => ({ ...one, ports: [{ containerPort: 80 }] })),
    }),
  },
  {
    title: "a GPU that has only a limit",
    manifest: container({ resources: { limits: { "nvidia.com/gpu": "1" } } }),
  },
  {
    title: "a request and its limit, written differently",
    manifest: container({
      resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m", memory: "1024Mi" } },
    }),
  },
  {
    title: "an Ingress with one class in both places",
    manifest: {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "shop", annotations: { "kubernetes.io/ingress.class": "nginx" } },
      spec: { ingressClassName: "nginx", defaultBackend: { service: { name: "shop", port: { number: 80 } } } },
    },
  },
];
