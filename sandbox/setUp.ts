import { Listr, ListrTask } from "listr2";
import { isControlPlaneReady, startControlPlane, stopControlPlane } from "./controlPlane";
import { NodeKind, startedNode, wantedNode } from "./node/kind";
import { missingForRealNode } from "./node/requirements";
import { findTool, ToolName } from "../tools/lib/binaries";
import {
  buildTool,
  checkCanBuild,
  copyManifests,
  findTools,
  haveManifests,
  missingTools,
  ToolPaths,
} from "./buildBinaries";
import { UserError } from "../tools/lib/userError";

/**
 * Makes sure that the sandbox runs, and shows how it gets there: tools are found or built, and a control plane that is
 * missing, stale or half-started is replaced by a new one. A real node that runs gets the example's image as it is now.
 *
 * @param interrupt Ends the set-up; what was begun is put right by the next one.
 * @param wanted The node that it must have; otherwise a real one where that can run, and kwok elsewhere.
 * @returns Where Helm is.
 * @throws {UserError} If a tool is missing and cannot be built, the control plane does not become ready, or the node that
 *   is wanted cannot be had.
 */
export async function setUpSandbox(interrupt: AbortSignal, wanted = wantedNode()): Promise<string> {
  const [isReady, helm] = await Promise.all([isControlPlaneReady(), findTool("helm")]);
  if (isReady && helm) {
    if (wanted && wanted !== startedNode()) {
      throw new UserError(
        `The sandbox runs with the node ${startedNode()}: \`npm stop\` ends it, for one with ${wanted}.`,
      );
    }
    if (startedNode() === "real") {
      // A start makes them; this one may have been before an edit of the example.
      const { refreshImages } = await import("./node/start");
      await refreshImages(interrupt);
    }
    return helm;
  }
  const missing = wanted === "kwok" ? [] : await missingForRealNode();
  if (wanted === "real" && missing.length > 0) {
    throw new UserError(`A real node cannot run here: ${missing.join("; ")}.`);
  }
  if (missing.length > 0) {
    console.log(`Node: kwok, which runs no container; for a real one, ${missing.join("; ")}.`);
  }
  if (missing.length > 0 || wanted === "kwok") {
    return startSandbox("kwok", interrupt);
  }
  console.log("Node: real, with containers (--node kwok for one without).");
  try {
    return await startSandbox("real", interrupt);
  } catch (error) {
    // Half a node serves nobody, and its logs are of no more use than what is said of them.
    await stopControlPlane();
    if (wanted === "real" || interrupt.aborted || !(error instanceof UserError)) {
      throw error;
    }
    console.log(`The real node did not start, so that kwok takes its place. ${error.message}`);
    return startSandbox("kwok", interrupt);
  }
}

async function startSandbox(node: NodeKind, interrupt: AbortSignal): Promise<string> {
  const tools = await setUpTools(interrupt, node);
  const parts = node === "kwok" ? "kwok" : "containerd, kubelet, kube-proxy, CoreDNS";
  await new Listr([
    {
      title: `Control plane: etcd, API server, controllers, scheduler, ${parts}`,
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
  const missing = missingTools(await findTools(node), node);
  if (missing.length > 0 || !haveManifests()) {
    await checkCanBuild(missing);
    if (missing.length > 1) {
      console.log("The sandbox's tools are built from source, once; on 2 cores that takes 6 to 8 minutes.");
    }
    await new Listr([
      ...missing.map((name) => buildTask(name, interrupt)),
      { title: "Custom resource definitions and kwok stages", task: () => copyManifests(interrupt) },
    ]).run();
  }
  return (await findTools(node)) as ToolPaths;
}

function buildTask(name: ToolName, interrupt: AbortSignal): ListrTask {
  return {
    title: `Build ${name}`,
    task: async (_, task) => {
      // A terminal shows the newest line in place; elsewhere each line stays.
      const pause = process.stdout.isTTY ? 100 : 20_000;
      let last = Date.now();
      const report = (progress: string) => {
        if (Date.now() - last > pause) {
          last = Date.now();
          task.output = progress;
        }
      };
      await buildTool(name, report, interrupt);
    },
  };
}
