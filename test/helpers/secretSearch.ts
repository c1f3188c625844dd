import * as fs from "fs";
import * as path from "path";
import * as zlib from "zlib";
import * as k8s from "@kubernetes/client-node";
import { api } from "./project";

/** A secret of the program, and the texts that reveal it. */
export interface Secret {
  /** `<Secret> <key>`. */
  name: string;
  forms: string[];
}

/** Every value of the program's Secrets in a namespace. Helm's own records, which are Secrets, too, are left out. */
export async function secretsIn(namespace: string): Promise<Secret[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedSecret({ namespace, labelSelector: "owner!=helm" });
  return items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([key, value]) => ({
      name: `${metadata?.name} ${key}`,
      forms: formsOf(Buffer.from(value, "base64").toString()),
    })),
  );
}

/** A text as it is, percent-encoded, and in base64: its own, and what it contributes to that of a longer text. */
export function formsOf(text: string): string[] {
  const plain = [text, encodeURIComponent(text)];
  return [
    ...new Set([...plain, ...plain.flatMap((form) => [Buffer.from(form).toString("base64"), ...inBase64(form)])]),
  ];
}

/** What the base64 of every longer text has in common, for each position in a group of three bytes. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(before > 0 ? 3 : 0, bytes.length - (bytes.length % 3));
    return whole.toString("base64");
  });
}

/** Names of the secrets that a text reveals. */
export function shownIn(text: string, secrets: Secret[]): string[] {
  return secrets.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
}

/**
 * Searches every file below a folder.
 *
 * @param isExcluded Whether to skip a file or folder.
 * @returns `<file>: <secret>` for every secret in a file, and the number of files.
 */
export function searchFiles(
  folder: string,
  secrets: Secret[],
  isExcluded: (file: string) => boolean = () => false,
): { found: string[]; files: number } {
  const results = fs
    .readdirSync(folder, { withFileTypes: true })
    .map((entry) => ({ entry, file: path.join(folder, entry.name) }))
    .filter(({ entry, file }) => !isExcluded(file) && (entry.isDirectory() || entry.isFile()))
    .map(({ entry, file }) => {
      if (entry.isDirectory()) {
        return searchFiles(file, secrets, isExcluded);
      }
      const found = shownIn(unpacked(fs.readFileSync(file)), secrets).map((name) => `${file}: ${name}`);
      return { found, files: 1 };
    });
  return {
    found: results.flatMap(({ found }) => found),
    files: results.reduce((sum, { files }) => sum + files, 0),
  };
}

function unpacked(content: Buffer): string {
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  return (isGzip ? zlib.gunzipSync(content) : content).toString("latin1");
}

/** Helm's record of every revision in a namespace, decoded: base64 of Kubernetes, base64 of Helm, gzip. */
export async function releaseRecords(namespace: string): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  return items.map(({ data }) => {
    const encoded = Buffer.from(data!.release, "base64").toString();
    return zlib.gunzipSync(Buffer.from(encoded, "base64")).toString();
  });
}

/** Every object in a namespace that is not a Secret, as JSON. */
export async function otherObjects(namespace: string): Promise<{ kind: string; text: string }[]> {
  const client = api(k8s.KubernetesObjectApi);
  const kinds = [
    ...["Pod", "Service", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim", "Event"].map((kind) => ["v1", kind]),
    ...["Deployment", "ReplicaSet", "StatefulSet", "ControllerRevision"].map((kind) => ["apps/v1", kind]),
    ["batch/v1", "Job"],
  ];
  const lists = await Promise.all(
    kinds.map(async ([apiVersion, kind]) => ({ kind, list: await client.list(apiVersion, kind, namespace) })),
  );
  return lists.flatMap(({ kind, list }) => list.items.map((item) => ({ kind, text: JSON.stringify(item) })));
}
