import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { findTools, ToolPaths } from "../../sandbox/buildBinaries";
import { sandboxClient, startControlPlane, stopControlPlane } from "../../sandbox/controlPlane";
import { Helm } from "../../sandbox/helm";
import { NodeKind } from "../../sandbox/node/nodeKind";
import { missingForRealNode } from "../../sandbox/node/requirements";
import { projectFolder } from "../lib/paths";
import { withoutPulumi } from "../lib/projectCopy";
import { Row, timed, timedProcess } from "./measure";

const missing = async (): Promise<string | undefined> => (await missingForRealNode())[0];

/** How long the sandbox takes to start, once its tools and images are built. */
export const sandboxRows: Row[] = [
  {
    name: "sandbox",
    what: "sandbox, tools built: from nothing to an API that is ready",
    target: { value: 2 },
    subjects: () => [{ label: "start", before: stopControlPlane, run: () => startUntil(apiReady, "kwok") }],
  },
  {
    name: "sandbox-release",
    what: "sandbox, tools built: from nothing to a first release that is ready",
    target: { value: 4 },
    subjects: () => [{ label: "start", before: stopControlPlane, run: () => startUntil(firstRelease, "kwok") }],
  },
  {
    name: "node",
    what: "real node, tools and images built: from nothing to a node that is ready and has the images",
    missing,
    mostRuns: 3,
    subjects: () => [
      { label: "start", before: stopControlPlane, run: () => startUntil(({ started }) => started, "real") },
    ],
  },
  {
    name: "answer",
    what: "npm start on the real node, tools and images built: from nothing to the app's first answer",
    missing,
    mostRuns: 3,
    subjects: () => [{ label: "npm start and curl", before: stopControlPlane, run: () => timed(firstAnswer) }],
  },
];

/** How long the project's own tests take. */
export const suiteRows: Row[] = [
  {
    name: "unit",
    what: "unit suite",
    target: { value: 4 },
    subjects: () => [
      { label: "mocha test/unit", run: () => timedProcess("node", ["node_modules/mocha/bin/mocha.js", "test/unit"]) },
    ],
  },
  {
    name: "test",
    what: "npm test, tools built",
    mostRuns: 1,
    subjects: () => [{ label: "npm test", run: () => timedProcess("npm", ["test"]) }],
  },
];

/** A control plane that is starting. */
interface Start {
  started: Promise<void>;
  helm: string;
}

/** Starts the control plane of the bench, and measures how long it takes to reach a milestone. */
async function startUntil(milestone: (start: Start) => Promise<unknown>, node: NodeKind): Promise<number> {
  const tools = (await findTools(node)) as ToolPaths;
  let started = Promise.resolve();
  const seconds = await timed(() => {
    started = startControlPlane(tools, new AbortController().signal, node);
    return milestone({ started, helm: tools.helm });
  });
  await started;
  return seconds;
}

/** Waits until the API server is ready, or the start has failed. */
async function apiReady({ started }: Start): Promise<void> {
  // This also fails until the sandbox has written its kubeconfig.
  const isReady = async () => new k8s.Health(sandboxClient()).readyz({});
  const poll = async () => {
    while (!(await isReady().catch(() => false))) {
      await sleep(20);
    }
  };
  await Promise.race([poll(), started]);
}

async function firstRelease({ started, helm }: Start): Promise<void> {
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
