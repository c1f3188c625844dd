import { BackgroundProcesses } from "../processes";
import { ToolName } from "../../tools/lib/binaries";
import { ToolPaths } from "../buildBinaries";
import { alone } from "./alone";
import { forward } from "./forward";
import { buildImages, Image } from "./images";
import { enterScript, startNamespace } from "./namespace";
import { setUpPackages } from "./packages";
import { Credentials, startRealNode } from "./realNode";
import { isRuntimeReady, loadImages, startRuntime } from "./runtime";

/** Waits until something is ready, or a process of the sandbox has ended. */
type WaitFor = (what: string, isReady: () => Promise<boolean>, interrupt: AbortSignal) => Promise<void>;

/** A real node whose namespaces are there. */
export interface RealNode {
  /** Starts a program of the control plane where the node is. */
  run: (name: ToolName, binary: string, args: string[]) => void;
  /** Starts the node's own programs, and returns when the runtime has all images. */
  start: (tools: ToolPaths, credentials: Credentials) => Promise<void>;
}

/**
 * Makes what a real node needs, and the namespaces in which it and the control plane run, and starts the container
 * runtime. The images are loaded while the control plane starts.
 *
 * @throws {UserError} If a package cannot be had, or the system refuses something.
 */
export async function prepareRealNode(
  processes: BackgroundProcesses,
  apiPort: number,
  interrupt: AbortSignal,
  waitFor: WaitFor,
  report: (step: string) => void,
): Promise<RealNode> {
  const images = await makeImages(interrupt, report);
  report("namespaces");
  await startNamespace(processes, interrupt);
  await forward(processes, "api", { host: "127.0.0.1", port: apiPort }, apiPort);
  startRuntime(processes);
  await waitFor("the container runtime", isRuntimeReady, interrupt);
  const loaded = loadImages(images, interrupt);
  // Awaited below; until then a failure is nobody's.
  loaded.catch(() => undefined);
  return {
    run: (name, binary, args) => void processes.start(name, enterScript, [binary, ...args]),
    start: async (tools, credentials) => {
      startRealNode(processes, tools, credentials);
      report("images are loaded");
      await loaded;
    },
  };
}

/** Gives a real node that runs the image of the example as it is now. */
export async function refreshImages(interrupt: AbortSignal): Promise<void> {
  await loadImages(await makeImages(interrupt, () => undefined), interrupt);
}

function makeImages(interrupt: AbortSignal, report: (step: string) => void): Promise<Image[]> {
  return alone(async () => {
    report("packages");
    await setUpPackages(interrupt);
    report("images");
    return buildImages(interrupt);
  });
}
