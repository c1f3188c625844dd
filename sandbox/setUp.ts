import { Listr, ListrTask } from "listr2";
import { isControlPlaneReady, startControlPlane, stopControlPlane } from "./controlPlane";
import {
  buildTool,
  checkCanBuild,
  copyManifests,
  downloadTool,
  findTool,
  findTools,
  haveManifests,
  missingTools,
  ToolName,
  ToolPaths,
} from "./tools";

/**
 * Makes sure that the sandbox runs, and shows how it gets there: tools are found or built, and a control plane that is
 * missing, stale or half-started is replaced by a new one.
 *
 * @param interrupt Ends the set-up; what was begun is put right by the next one.
 * @returns Where Helm is.
 * @throws {UserError} If a tool is missing and cannot be built, or the control plane does not become ready.
 */
export async function setUpSandbox(interrupt: AbortSignal): Promise<string> {
  const [isReady, helm] = await Promise.all([isControlPlaneReady(), findTool("helm")]);
  if (isReady && helm) {
    return helm;
  }
  const tools = await setUpTools(interrupt);
  await new Listr([
    {
      title: "Control plane: etcd, API server, controllers, scheduler, kwok",
      task: async () => {
        await stopControlPlane();
        await startControlPlane(tools, interrupt);
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
export async function setUpTools(interrupt: AbortSignal): Promise<ToolPaths> {
  const missing = missingTools(await findTools());
  if (missing.length > 0 || !haveManifests()) {
    await checkCanBuild(missing);
    if (missing.length > 1) {
      console.log("The sandbox's tools are built from source, once; on 2 cores that takes about 10 minutes.");
    }
    await new Listr([
      ...missing.map((name) => buildTask(name, interrupt)),
      { title: "Custom resource definitions and kwok stages", task: () => copyManifests(interrupt) },
    ]).run();
  }
  return (await findTools()) as ToolPaths;
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
      const packages = await downloadTool(name, report, interrupt);
      await buildTool(name, packages, report, interrupt);
    },
  };
}
