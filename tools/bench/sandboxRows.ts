import { setTimeout as sleep } from "timers/promises";
import { execa } from "execa";
import { findTools, ToolPaths } from "../../sandbox/buildBinaries";
import { isApiReady, startControlPlane, stopControlPlane } from "../../sandbox/controlPlane";
import { Helm } from "../../sandbox/helm";
import { missingForRealNode } from "../../sandbox/node/requirements";
import { projectFolder } from "../lib/paths";
import { withoutPulumi } from "../lib/projectCopy";
import { Row, timed } from "./measure";

/** How long the sandbox takes to start, once its tools and images are built. */
export const sandboxRows: Row[] = [
  {
    name: "sandbox",
    what: "sandbox, tools built: from nothing to an API that is ready",
    target: { value: 2 },
    subjects: () => [{ label: "start", before: stopControlPlane, run: () => startUntil(apiReady) }],
  },
  {
    name: "sandbox-release",
    what: "sandbox, tools built: from nothing to a first release that is ready",
    target: { value: 4 },
    subjects: () => [{ label: "start", before: stopControlPlane, run: () => startUntil(firstRelease) }],
  },
  {
    name: "answer",
    what: "npm start on the real node, tools and images built: from nothing to the app's first answer",
    missing: async () => (await missingForRealNode())[0],
    mostRuns: 3,
    subjects: () => [{ label: "npm start and curl", before: stopControlPlane, run: () => timed(firstAnswer) }],
  },
];

/**
 * Starts the control plane of the bench with kwok, and measures how long it takes to reach a milestone.
 *
 * @param milestone Gets the start, and the path of Helm. Returns when the milestone is reached.
 */
async function startUntil(milestone: (started: Promise<void>, helm: string) => Promise<unknown>): Promise<number> {
  const tools = (await findTools("kwok")) as ToolPaths;
  let started = Promise.resolve();
  const seconds = await timed(() => {
    started = startControlPlane(tools, new AbortController().signal);
    return milestone(started, tools.helm);
  });
  await started;
  return seconds;
}

/** Waits until the API server is ready, or the start has failed. */
async function apiReady(started: Promise<void>): Promise<void> {
  const poll = async () => {
    while (!(await isApiReady())) {
      await sleep(20);
    }
  };
  await Promise.race([poll(), started]);
}

async function firstRelease(started: Promise<void>, helm: string): Promise<void> {
  await started;
  await new Helm(helm).deploy({
    name: "first",
    namespace: "default",
    chart: "./sandbox/charts/redis",
    version: "17.17.1",
    description: "redis 17.17.1",
    values: { architecture: "standalone", auth: { existingSecret: "none" } },
    timeout: 60,
    maxHistory: 1,
  });
}

/** Starts the sandbox of the bench on a real node with `npm start`, and runs the `curl` that it prints. */
async function firstAnswer(): Promise<void> {
  const env = { ...withoutPulumi(), FLASK_APP_NODE: "real" };
  const { stdout } = await execa("npm", ["start", "--silent"], { cwd: projectFolder, env });
  const curl = stdout.split("\n").find((line) => line.trim().startsWith("curl "));
  await execa("sh", ["-c", `${curl} --fail`]);
}
