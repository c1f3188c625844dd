import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { stateFolder } from "../../tools/lib/paths";
import { StackOutputs } from "../../tools/lib/program";
import { UserError } from "../../tools/lib/userError";
import { processes, sandboxClient } from "../controlPlane";
import { forwardPort } from "./portForward";

/** What the port of an app forwards to, and the port itself. */
interface OpenPort {
  host: string;
  target: number;
  port: number;
}

/**
 * Makes the app of a stack answer on the machine's loopback, through its Service.
 *
 * @returns The URL. It stays the same while the sandbox runs, unless another program takes its port in the meantime.
 */
export async function openApp(outputs: StackOutputs): Promise<string> {
  const namespace = String(outputs.namespace.value);
  const { app } = outputs.releases.value as { app: string };
  const { name, file } = relayOf(namespace);
  const { items } = await sandboxClient()
    .makeApiClient(k8s.CoreV1Api)
    .listNamespacedService({ namespace, labelSelector: `app.kubernetes.io/instance=${app}` });
  const host = items[0].spec!.clusterIP!;
  const target = items[0].spec!.ports![0].port;

  const last = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as OpenPort) : undefined;
  let port = last?.port ?? 0;
  if (last?.host !== host || last.target !== target || processes.processId(name) === undefined) {
    await processes.stop(name);
    const open = (wanted: number) => forwardPort(processes, name, { host, port: target }, wanted);
    port = await open(port).catch((error: unknown) => {
      if (error instanceof UserError && port !== 0) {
        return open(0);
      }
      throw error;
    });
    fs.writeFileSync(file, JSON.stringify({ host, target, port } satisfies OpenPort));
  }
  return `http://127.0.0.1:${port}`;
}

/** Closes the port of the app of a namespace, if it is open. */
export async function closeApp(namespace: string): Promise<void> {
  const { name, file } = relayOf(namespace);
  await processes.stop(name);
  fs.rmSync(file, { force: true });
}

/** The background process that relays to the app of a namespace, and the file that records its {@link OpenPort}. */
function relayOf(namespace: string): { name: string; file: string } {
  return { name: `app-${namespace}`, file: path.join(stateFolder, `app-${namespace}.json`) };
}
