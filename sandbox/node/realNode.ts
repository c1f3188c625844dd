import { ToolName } from "../../tools/lib/binaries";
import { ToolPaths } from "../buildBinaries";
import { BackgroundProcesses } from "../processes";
import { nodeAddress } from "./addresses";
import { setUpPackages } from "./debianPackages";
import { buildImages, Image } from "./images";
import { enterScript, startNamespaces } from "./linuxNamespaces";
import { loadImages } from "./loadImages";
import { createKubeletClient, isContainerdReady, startContainerd, startNodePrograms } from "./nodePrograms";
import { withNodeToolsLock } from "./nodeTools";
import { forwardPort } from "./portForward";

/** Waits until something is ready. Fails if a process of the sandbox ends first. */
type WaitFor = (what: string, isReady: () => Promise<boolean>, interrupt: AbortSignal) => Promise<void>;

/** A real node whose namespaces and container runtime run. */
export interface RealNode {
  /** What the API server needs to serve pods and to use the kubelet. */
  apiServerFlags: string[];
  /** Starts a program of the control plane in the node's namespaces. */
  run: (name: ToolName, binary: string, args: string[]) => void;
  /** Starts the node's own programs, and returns when all images are loaded. */
  start: (tools: ToolPaths) => Promise<void>;
}

/**
 * Downloads and builds what a real node needs, creates the namespaces that it shares with the control plane, and starts
 * containerd. The images are loaded while the control plane starts.
 *
 * @param report Called with the step that begins.
 * @throws {UserError} If a package cannot be downloaded, or the system refuses something.
 */
export async function prepareRealNode(
  processes: BackgroundProcesses,
  apiPort: number,
  interrupt: AbortSignal,
  waitFor: WaitFor,
  report: (step: string) => void,
): Promise<RealNode> {
  const images = await setUpImages(interrupt, report);
  report("starting containerd");
  await startNamespaces(processes, interrupt);
  await forwardPort(processes, "api", { host: "127.0.0.1", port: apiPort }, apiPort);
  startContainerd(processes);
  await waitFor("containerd", isContainerdReady, interrupt);
  const loaded = loadImages(images, interrupt);
  // It is awaited below. Until then, a failure must not count as unhandled.
  loaded.catch(() => undefined);
  return {
    apiServerFlags: [
      // Every address of the node's own network, because pods use the API server, too.
      "--bind-address=0.0.0.0",
      `--advertise-address=${nodeAddress}`,
      "--kubelet-preferred-address-types=InternalIP",
      ...(await createKubeletClient()),
    ],
    run: (name, binary, args) => void processes.start(name, enterScript, [binary, ...args]),
    start: async (tools) => {
      startNodePrograms(processes, tools);
      report("loading images");
      await loaded;
    },
  };
}

/** Loads the current image of example/ into a real node that runs. */
export async function refreshImages(interrupt: AbortSignal): Promise<void> {
  await loadImages(await setUpImages(interrupt, () => undefined), interrupt);
}

function setUpImages(interrupt: AbortSignal, report: (step: string) => void): Promise<Image[]> {
  return withNodeToolsLock(async () => {
    report("downloading packages");
    await setUpPackages(interrupt);
    report("building images");
    return buildImages(interrupt);
  });
}
