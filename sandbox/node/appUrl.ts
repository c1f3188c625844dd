import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { processes, sandboxClient } from "../controlPlane";
import { stateFolder } from "../../tools/lib/paths";
import { StackOutputs } from "../summary";
import { UserError } from "../../tools/lib/userError";
import { forward } from "./forward";

/**
 * Makes the app of a stack answer on the machine's loopback, through its Service.
 *
 * @returns The URL, which stays the same while the sandbox runs, unless another program takes its port in between.
 */
export async function openApp(outputs: StackOutputs): Promise<string> {
  const namespace = String(outputs.namespace.value);
  const { app } = outputs.releases.value as { app: string };
  const name = processName(namespace);
  const { items } = await sandboxClient()
    .makeApiClient(k8s.CoreV1Api)
    .listNamespacedService({ namespace, labelSelector: `app.kubernetes.io/instance=${app}` });
  const host = items[0].spec!.clusterIP!;
  const port = items[0].spec!.ports![0].port;
  const file = path.join(stateFolder, `${name}.json`);
  const opened = readOpened(file);
  const isOpen = opened?.host === host && opened.target === port && processes.processId(name) !== undefined;
  if (!isOpen) {
    await processes.stopOne(name);
    const own = await forwardFrom(name, { host, port }, opened?.port);
    fs.writeFileSync(file, JSON.stringify({ host, target: port, port: own }));
  }
  return `http://127.0.0.1:${readOpened(file)!.port}`;
}

/** Closes the port of the app of a namespace, if it has one. */
export async function closeApp(namespace: string): Promise<void> {
  await processes.stopOne(processName(namespace));
  fs.rmSync(path.join(stateFolder, `${processName(namespace)}.json`), { force: true });
}

/** Opens the port that it had before, or another one if somebody has taken that meanwhile. */
async function forwardFrom(name: string, target: { host: string; port: number }, port = 0): Promise<number> {
  try {
    return await forward(processes, name, target, port);
  } catch (error) {
    if (error instanceof UserError && port !== 0) {
      return forward(processes, name, target, 0);
    }
    throw error;
  }
}

function processName(namespace: string): string {
  return `app-${namespace}`;
}

function readOpened(file: string): { host: string; target: number; port: number } | undefined {
  return fs.existsSync(file)
    ? (JSON.parse(fs.readFileSync(file, "utf8")) as { host: string; target: number; port: number })
    : undefined;
}
