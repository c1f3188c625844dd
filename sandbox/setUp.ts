import { Listr, ListrTask } from "listr2";
import { findTool, ToolName } from "../tools/lib/binaries";
import { UserError } from "../tools/lib/userError";
import {
  buildTool,
  checkCanBuild,
  copyManifests,
  findTools,
  haveManifests,
  missingTools,
  ToolPaths,
} from "./buildBinaries";
import { isControlPlaneReady, startControlPlane, stopControlPlane } from "./controlPlane";
import { NodeKind, startedNode, wantedNode } from "./node/nodeKind";
import { missingForRealNode } from "./node/requirements";

/**
 * Starts the sandbox unless it is already running, and shows the progress: finds or builds the tools, and replaces an
 * incomplete control plane. A running real node gets the example's current image.
 *
 * @param interrupt Ends the set-up. The next one cleans up.
 * @param wanted The node to use; by default a real one where that can run, and kwok elsewhere.
 * @returns Path of Helm.
 * @throws {UserError} If a tool is missing and cannot be built, the control plane does not become ready, or the wanted
 *   node cannot run.
 */
export async function setUpSandbox(interrupt: AbortSignal, wanted = wantedNode()): Promise<string> {
  const [isReady, helm] = await Promise.all([isControlPlaneReady(), findTool("helm")]);
  if (!isReady || !helm) {
    return wanted === "kwok" ? startSandbox("kwok", interrupt) : startOnRealNode(wanted, interrupt);
  }
  const started = startedNode();
  if (wanted && wanted !== started) {
    throw new UserError(`The sandbox is running with the ${started} node. Run \`npm stop\` first to use ${wanted}.`);
  }
  if (started === "real") {
    const { refreshImages } = await import("./node/realNode");
    await refreshImages(interrupt);
  }
  return helm;
}

/** Starts the sandbox on a real node; where that cannot run or does not start, on kwok, unless `real` is wanted. */
async function startOnRealNode(wanted: NodeKind | undefined, interrupt: AbortSignal): Promise<string> {
  const missing = await missingForRealNode();
  if (missing.length > 0) {
    if (wanted === "real") {
      throw new UserError(`A real node cannot run here. To run one, ${missing.join("; ")}.`);
    }
    console.log(`Node: kwok, which runs no containers. For a real node, ${missing.join("; ")}.`);
    return startSandbox("kwok", interrupt);
  }
  console.log("Node: real, with containers (use --node kwok for a faster start without them)");
  try {
    return await startSandbox("real", interrupt);
  } catch (error) {
    // A half-started node is useless, and the error already quotes its logs.
    await stopControlPlane();
    if (wanted === "real" || interrupt.aborted || !(error instanceof UserError)) {
      throw error;
    }
    console.log(`The real node did not start, so the sandbox uses kwok instead. ${error.message}`);
    return startSandbox("kwok", interrupt);
  }
}

async function startSandbox(node: NodeKind, interrupt: AbortSignal): Promise<string> {
  const tools = await setUpTools(interrupt, node);
  const parts = node === "kwok" ? "kwok" : "containerd, kubelet, kube-proxy, CoreDNS";
  await new Listr([
    {
      title: `Starting etcd, API server, controllers, scheduler, ${parts}`,
      task: async (_, task) => {
        await stopControlPlane();
        await startControlPlane(tools, interrupt, node, (step) => (task.output = step));
      },
    },
  ]).run();
  return tools.helm;
}

/**
 * Finds the sandbox's tools, and builds those that are missing.
 *
 * @throws {UserError} If a tool is missing and cannot be built.
 */
export async function setUpTools(interrupt: AbortSignal, node = wantedNode() ?? "kwok"): Promise<ToolPaths> {
  const missing = await missingTools(node);
  if (missing.length > 0 || !haveManifests()) {
    await checkCanBuild([...missing, ...(haveManifests() ? [] : ["custom resource definitions and kwok stages"])]);
    if (missing.length > 1) {
      console.log("Building the sandbox's tools from source. This happens once, and takes 6 to 8 minutes on 2 cores.");
    }
    await new Listr([
      ...missing.map((name) => buildTask(name, interrupt)),
      { title: "Copying custom resource definitions and kwok stages", task: () => copyManifests(interrupt) },
    ]).run();
  }
  return (await findTools(node)) as ToolPaths;
}

function buildTask(name: ToolName, interrupt: AbortSignal): ListrTask {
  return {
    title: `Building ${name}`,
    task: (_, task) => {
      // A terminal shows only the newest line. Elsewhere every line stays.
      const pause = process.stdout.isTTY ? 100 : 20_000;
      let last = Date.now();
      return buildTool(
        name,
        (progress) => {
          if (Date.now() - last > pause) {
            last = Date.now();
            task.output = progress;
          }
        },
        interrupt,
      );
    },
  };
}
