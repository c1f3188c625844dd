import deepmerge from "deepmerge";
import { StackFile } from "../../tools/lib/stackFiles";
import { exampleRepository } from "./images";
import { loadedImages } from "./loadImages";

/** Values of the flask-app chart. */
type Values = Record<string, unknown>;

/** What the example needs, whatever the stack's own app needs. */
const exampleValues: Values = {
  service: { targetPort: 8080 },
  podSecurityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
  securityContext: { capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
  healthCheck: { livenessProbe: { path: "/health", port: 9090 }, readinessProbe: { path: "/ready", port: 9090 } },
  resources: { limits: { cpu: "500m", memory: "512Mi" } },
  migration: { enabled: true, command: ["flask", "db", "upgrade"] },
  extraVolumes: [{ name: "tmp", emptyDir: {} }],
  extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
};

/** Replaces the app of a stack by the newest image of example/. Other settings stay as the stack has them. */
export function withExampleApp(file: StackFile): StackFile {
  const app = file.config["flask-app:app"] as Values | undefined;
  const prefix = `${exampleRepository}:`;
  const newest = loadedImages()
    .filter((reference) => reference.startsWith(prefix))
    .at(-1);
  const image = { repository: exampleRepository, tag: newest?.slice(prefix.length) ?? "", pullPolicy: "IfNotPresent" };
  const { enabled: isMonitored } = (app?.serviceMonitor ?? {}) as { enabled?: boolean };
  // The example serves its metrics on the port of its probes.
  const needed = isMonitored ? { ...exampleValues, serviceMonitor: { port: 9090 } } : exampleValues;
  const merged = deepmerge(app ?? {}, needed, { arrayMerge: mergeByName });
  return { ...file, config: { ...file.config, "flask-app:app": { ...merged, image } } };
}

/** Merges two lists of named objects, such as volumes: the example's replace those of the same name. */
function mergeByName(own: unknown[], added: unknown[]): unknown[] {
  const name = (item: unknown) => (typeof item === "object" && item !== null ? (item as { name?: string }).name : item);
  return [...own.filter((item) => !added.some((other) => name(other) === name(item))), ...added];
}
