import * as fs from "fs";
import * as path from "path";
import * as zlib from "zlib";
import * as k8s from "@kubernetes/client-node";
import { api } from "./project";

/** A secret that the program made, and the texts by which something would show it. */
export interface Secret {
  /** Secret and key. */
  name: string;
  forms: string[];
}

/** Every value of the Secrets in a namespace that the program has made; Helm's own records are Secrets, too. */
export async function secretsIn(namespace: string): Promise<Secret[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedSecret({ namespace, labelSelector: "owner!=helm" });
  return items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([key, value]) => ({
      name: `${metadata?.name} ${key}`,
      forms: formsOf(Buffer.from(value, "base64").toString()),
    })),
  );
}

/** A text as it is, percent-encoded, and in base64: of itself and of any longer text that holds it. */
export function formsOf(text: string): string[] {
  const plain = [text, encodeURIComponent(text)];
  return [
    ...new Set([...plain, ...plain.flatMap((form) => [Buffer.from(form).toString("base64"), ...inBase64(form)])]),
  ];
}

/** What of a text is the same in the base64 of every longer text with it: base64 takes bytes by threes. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(before > 0 ? 3 : 0, bytes.length - (bytes.length % 3));
    return whole.toString("base64");
  });
}

/** Names of the secrets that a text shows in one form or another. */
export function shownIn(text: string, secrets: Secret[]): string[] {
  return secrets.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
}

/**
 * Searches every file under a folder.
 *
 * @param leftOut Whether to leave a file or folder out.
 * @returns Each file that shows a secret, with the secret's name, and how many files there were.
 */
export function searchFiles(
  folder: string,
  secrets: Secret[],
  leftOut: (file: string) => boolean = () => false,
): { found: string[]; files: number } {
  let files = 0;
  const found: string[] = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (leftOut(file)) {
      continue;
    }
    if (entry.isDirectory()) {
      const inner = searchFiles(file, secrets, leftOut);
      found.push(...inner.found);
      files += inner.files;
    } else if (entry.isFile()) {
      files += 1;
      found.push(...shownIn(unpacked(fs.readFileSync(file)), secrets).map((name) => `${file}: ${name}`));
    }
  }
  return { found, files };
}

function unpacked(content: Buffer): string {
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  return (isGzip ? zlib.gunzipSync(content) : content).toString("latin1");
}

/** The records of every revision that Helm keeps in a namespace, decoded: base64 (Kubernetes), base64 and gzip (Helm). */
export async function releaseRecords(namespace: string): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  return items.map(({ data }) => {
    const encoded = Buffer.from(data!.release, "base64").toString();
    return zlib.gunzipSync(Buffer.from(encoded, "base64")).toString();
  });
}

/** Every object in a namespace that is no Secret, as the API server shows it. */
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
