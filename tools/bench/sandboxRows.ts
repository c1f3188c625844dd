import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { NodeKind } from "../../sandbox/node/kind";
import { missingForRealNode } from "../../sandbox/node/requirements";
import { projectFolder } from "../lib/paths";
import { withoutPulumi } from "../../test/helpers/project";
import { kindSubjects } from "./kindCluster";
import { Measure, Row } from "./row";

/** What one start of a sandbox tells, in seconds from nothing. */
type Milestone = "api" | "node" | "release";

/** What the sandbox takes to start, its tools and images built. */
export const sandboxRows: Row[] = [
  {
    name: "sandbox",
    what: "sandbox, tools built: from nothing to an API that is ready",
    target: { seconds: 2 },
    subjects: () => Promise.resolve([{ label: "start", run: () => startUntil("api", "kwok") }]),
  },
  {
    name: "sandbox-release",
    what: "sandbox, tools built: from nothing to a first release that is ready",
    target: { seconds: 4 },
    subjects: () => Promise.resolve([{ label: "start", run: () => startUntil("release", "kwok") }]),
  },
  {
    name: "node",
    what: "real node, tools and images built: from nothing to a node that is ready and has the images",
    missing: missingRealNode,
    mostRuns: 3,
    subjects: async () => [{ label: "start", run: () => startUntil("node", "real") }, ...(await kindSubjects())],
  },
  {
    name: "answer",
    what: "npm start on the real node, tools and images built: from nothing to the app's first answer",
    missing: missingRealNode,
    mostRuns: 3,
    subjects: () => Promise.resolve([{ label: "npm start and curl", run: () => npmStart("real") }]),
  },
];

/** Why there is no real node here. */
export async function missingRealNode(): Promise<string | undefined> {
  return (await missingForRealNode())[0];
}

/**
 * Starts the project in a sandbox of its own, and ends that; how long it took until the command ended and, on a real node,
 * the app had answered.
 *
 * @param folder The project, or a clone of it.
 */
export async function npmStart(
  node: NodeKind,
  folder = projectFolder,
  extraEnv: NodeJS.ProcessEnv = {},
): Promise<Measure> {
  const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-start-"));
  const env = { ...withoutPulumi(), ...extraEnv, FLASK_APP_SANDBOX: sandbox, FLASK_APP_NODE: node };
  const command = (name: string) => execa("npm", ["run", "--silent", name], { cwd: folder, env, extendEnv: false });
  const begun = performance.now();
  try {
    const { stdout } = await command("start");
    if (node === "real") {
      const curl = stdout.split("\n").find((line) => line.trim().startsWith("curl "));
      await execa("sh", ["-c", `${curl} --fail`]);
    }
    return { seconds: (performance.now() - begun) / 1000 };
  } finally {
    await command("stop");
  }
}

/** Starts a sandbox of its own, and ends it; how long it took until it was so far. */
async function startUntil(milestone: Milestone, node: NodeKind): Promise<Measure> {
  const sandbox = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-start-"));
  const script = ["-r", "ts-node/register", "tools/bench/programs/sandboxStart.ts", node];
  const { stdout } = await execa("node", script, { cwd: projectFolder, env: { FLASK_APP_SANDBOX: sandbox } });
  return { seconds: (JSON.parse(stdout) as Record<Milestone, number>)[milestone] };
}
