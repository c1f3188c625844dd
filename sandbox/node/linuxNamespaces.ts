import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { projectFolder, stateFolder, toolsFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";
import { BackgroundProcesses } from "../processes";
import { nodeAddress, serviceNetwork } from "./addresses";
import { createCgroups } from "./cgroups";
import { libraryFolders, runtimeFolder } from "./debianPackages";

/** Everything that the node writes. */
export const nodeFolder = path.join(stateFolder, "node");
/** A script that runs a program in the sandbox's namespaces: `.sandbox/enter ip address`. */
export const enterScript = path.join(stateFolder, "enter");
/** Socket of containerd, in the sandbox's namespaces. */
export const containerdSocket = "/run/containerd/containerd.sock";

const processName = "namespace";

/**
 * Creates the Linux namespaces that the control plane and the node run in, the control groups, and {@link enterScript}.
 *
 * @throws {UserError} If the system refuses.
 */
export async function startNamespaces(processes: BackgroundProcesses, interrupt: AbortSignal): Promise<void> {
  fs.mkdirSync(nodeFolder, { recursive: true, mode: 0o700 });
  createCgroups();
  const ready = path.join(nodeFolder, "namespace-ready");
  const visible = [toolsFolder, path.join(projectFolder, "node_modules")].map((folder) => fs.realpathSync(folder));
  const child = processes.start(processName, "unshare", [
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ...["sh", path.join(__dirname, "linuxNamespaces.sh"), ready, nodeAddress, serviceNetwork],
    ...[stateFolder, projectFolder, ...visible],
  ]);
  while (!fs.existsSync(ready)) {
    interrupt.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new UserError(`The system does not allow new namespaces: ${processes.lastOutput(processName, 1)}`);
    }
    await sleep(20);
  }
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const programs = ["usr/bin", "usr/sbin"].map((name) => path.join(runtimeFolder, name));
  const lines = [
    "#!/bin/sh",
    "# Runs a program where the sandbox's node runs.",
    // containerd creates a container's root folder with this mask, and the container's user must be able to read it.
    "umask 022",
    `export PATH=${quote(programs.join(":"))}:"$PATH" LD_LIBRARY_PATH=${quote(libraryFolders(runtimeFolder).join(":"))}`,
    `export CONTAINERD_ADDRESS=${containerdSocket} CONTAINERD_NAMESPACE=k8s.io`,
    // The working folder is lost when the mount namespace changes.
    `exec nsenter --target ${firstProcess(processes)} --net --mount --pid -- sh -c 'cd "$0" && exec "$@"' ${quote(stateFolder)} "$@"`,
  ];
  fs.writeFileSync(enterScript, `${lines.join("\n")}\n`, { mode: 0o700 });
}

/** Start of a command line that runs a program of the machine in the network of a process in the namespaces. */
export function networkCommand(process: number): string[] {
  return ["nsenter", "--target", String(process), "--net", "--"];
}

/** Ends every process in the namespaces, if there are any, and waits until they are gone. */
export async function endNamespaces(processes: BackgroundProcesses): Promise<void> {
  const first = firstProcess(processes);
  if (first === undefined) {
    return;
  }
  // The kernel then ends all others. The first process of a PID namespace ignores gentler signals.
  process.kill(first, "SIGKILL");
  while (processes.processId(processName) !== undefined) {
    await sleep(20);
  }
}

/** Process id, outside, of the first process in the namespaces; undefined if it is not alive. */
export function firstProcess(processes: BackgroundProcesses): number | undefined {
  const parent = processes.processId(processName);
  if (parent === undefined) {
    return undefined;
  }
  try {
    const children = fs.readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim();
    return children === "" ? undefined : Number(children.split(" ")[0]);
  } catch {
    return undefined;
  }
}
