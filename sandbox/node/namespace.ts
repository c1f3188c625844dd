import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { projectFolder, stateFolder, toolsFolder } from "../../tools/lib/paths";
import { BackgroundProcesses } from "../processes";
import { UserError } from "../../tools/lib/userError";
import { nodeAddress, serviceNetwork } from "./addresses";
import { makeCgroups } from "./cgroups";
import { runtimeFolder } from "./packages";

/** All that the node writes. */
export const nodeFolder = path.join(stateFolder, "node");
/** Runs a program in the sandbox's namespaces: `.sandbox/enter ip address`. */
export const enterScript = path.join(stateFolder, "enter");

const processName = "namespace";

/**
 * Makes the namespaces that everything of the sandbox runs in, its control groups, and {@link enterScript}.
 *
 * @throws {UserError} If the system refuses.
 */
export async function startNamespace(processes: BackgroundProcesses, interrupt: AbortSignal): Promise<void> {
  fs.mkdirSync(nodeFolder, { recursive: true, mode: 0o700 });
  makeCgroups();
  const ready = path.join(nodeFolder, "namespace-ready");
  const child = processes.start(processName, "unshare", [
    ...["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
    ...["sh", path.join(__dirname, "namespace.sh"), ready, nodeAddress, serviceNetwork],
    ...[
      stateFolder,
      projectFolder,
      fs.realpathSync(toolsFolder),
      fs.realpathSync(path.join(projectFolder, "node_modules")),
    ],
  ]);
  while (!fs.existsSync(ready)) {
    interrupt.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new UserError(`The system refuses namespaces of their own: ${processes.lastOutput(processName, 1)}`);
    }
    await sleep(20);
  }
  const first = firstProcess(processes);
  const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [
    "#!/bin/sh",
    "# Runs a program where the sandbox's node runs.",
    // A container's root folder is made by it, and must be open to the container's user.
    "umask 022",
    `export PATH=${shell(path.join(runtimeFolder, "bin"))}:"$PATH" LD_LIBRARY_PATH=${shell(path.join(runtimeFolder, "lib"))}`,
    "export CONTAINERD_ADDRESS=/run/containerd/containerd.sock CONTAINERD_NAMESPACE=k8s.io",
    // Who enters another root is in no folder.
    `exec nsenter --target ${first} --net --mount --pid -- sh -c 'cd "$0" && exec "$@"' ${shell(projectFolder)} "$@"`,
  ];
  fs.writeFileSync(enterScript, `${lines.join("\n")}\n`, { mode: 0o700 });
}

/** Command by which a program of the machine uses the sandbox's network; it ends with the process that is started so. */
export function inNetwork(processes: BackgroundProcesses): string[] {
  return ["nsenter", "--target", String(firstProcess(processes)), "--net", "--"];
}

/** Ends every process in the sandbox's namespaces, if there are any; those that are outside wait for one of them. */
export async function endNamespace(processes: BackgroundProcesses): Promise<void> {
  const first = firstProcess(processes);
  if (first === undefined) {
    return;
  }
  // Its end ends all others in there; nothing in there would heed a gentler signal.
  process.kill(first, "SIGKILL");
  while (processes.processId(processName) !== undefined) {
    await sleep(20);
  }
}

/** Id, as the machine counts, of the namespaces' first process. */
function firstProcess(processes: BackgroundProcesses): number | undefined {
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
