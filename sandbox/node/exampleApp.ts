import deepmerge from "deepmerge";
import { StackFile } from "../../tools/lib/stackFiles";
import { exampleRepository } from "./images";
import { loadedImages } from "./runtime";

/** Settings of an app's chart. */
type Values = Record<string, unknown>;

/** What the example needs of the chart, whatever the stack's own app needs. */
const exampleValues: Values = {
  service: { targetPort: 8080 },
  podSecurityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
  securityContext: { capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
  healthCheck: { livenessProbe: { path: "/health" }, readinessProbe: { path: "/ready" } },
  resources: { limits: { cpu: "500m", memory: "512Mi" } },
  migration: { enabled: true, command: ["flask", "db", "upgrade"] },
  extraVolumes: [{ name: "tmp", emptyDir: {} }],
  extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
};

/** A stack whose app is the one in example/, by the image that was loaded last; all else stays as the stack has it. */
export function withExampleApp(file: StackFile): StackFile {
  const app = file.config["flask-app:app"] as Values | undefined;
  const reference =
    loadedImages()
      .filter((name) => name.startsWith(`${exampleRepository}:`))
      .at(-1) ?? "";
  const tag = reference.slice(exampleRepository.length + 1);
  const image = { repository: exampleRepository, tag, pullPolicy: "IfNotPresent" };
  const merged = deepmerge(app ?? {}, exampleValues, { arrayMerge: mergeByName });
  return { ...file, config: { ...file.config, "flask-app:app": { ...merged, image } } };
}

/** Lists of named things keep what only the stack has. */
function mergeByName(own: unknown[], added: unknown[]): unknown[] {
  const name = (item: unknown) => (typeof item === "object" && item !== null ? (item as { name?: string }).name : item);
  return [...own.filter((item) => !added.some((other) => name(other) === name(item))), ...added];
}
