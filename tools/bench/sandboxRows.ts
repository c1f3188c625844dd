import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { NodeKind } from "../../sandbox/node/nodeKind";
import { missingForRealNode } from "../../sandbox/node/requirements";
import { toolPackages } from "../../sandbox/buildBinaries";
import { projectFolder, toolsModule } from "../lib/paths";
import { withoutPulumi } from "../lib/projectCopy";
import { timed, timedProcess } from "./measure";
import { Measure, Row, Subject } from "./row";

const goBuild = "go build of the tools";
const missing = async (): Promise<string | undefined> => (await missingForRealNode())[0];

/** How long the sandbox takes to start, once its tools and images are built. */
export const sandboxRows: Row[] = [
  {
    name: "sandbox",
    what: "sandbox, tools built: from nothing to an API that is ready",
    target: { seconds: 2 },
    subjects: [{ label: "start", run: () => startUntil("api", "kwok") }],
  },
  {
    name: "sandbox-release",
    what: "sandbox, tools built: from nothing to a first release that is ready",
    target: { seconds: 4 },
    subjects: [{ label: "start", run: () => startUntil("release", "kwok") }],
  },
  {
    name: "node",
    what: "real node, tools and images built: from nothing to a node that is ready and has the images",
    missing,
    mostRuns: 3,
    subjects: [{ label: "start", run: () => startUntil("node", "real") }],
  },
  {
    name: "answer",
    what: "npm start on the real node, tools and images built: from nothing to the app's first answer",
    missing,
    mostRuns: 3,
    subjects: [{ label: "npm start and curl", run: () => npmStart("real") }],
  },
];

/** How long the project's own tests take. */
export const suiteRows: Row[] = [
  {
    name: "unit",
    what: "unit suite",
    target: { seconds: 4 },
    subjects: [
      { label: "mocha test/unit", run: () => timedProcess("node", ["node_modules/mocha/bin/mocha.js", "test/unit"]) },
    ],
  },
  {
    name: "test",
    what: "npm test, tools built",
    target: { seconds: 90 },
    mostRuns: 1,
    subjects: [{ label: "npm test", run: () => timedProcess("npm", ["test"]) }],
  },
];

/** What a new user waits for: a new clone, with no cached package, module or compiled file. */
export const coldRows: Row[] = [
  {
    name: "cold-start",
    what: "npm start with kwok in a new clone, cold caches",
    target: { ratio: 1.1, to: goBuild },
    mostRuns: 1,
    subjects: coldSubjects("npm start", "kwok"),
  },
  {
    name: "cold-answer",
    what: "npm start on the real node in a new clone, cold caches: until the app's first answer",
    missing,
    mostRuns: 1,
    subjects: coldSubjects("npm start and curl", "real"),
  },
];

/** Starts a sandbox of its own and stops it. Returns how long it took to reach a milestone. */
async function startUntil(milestone: "api" | "node" | "release", node: NodeKind): Promise<Measure> {
  const { stdout } = await withFolder((folder) =>
    execa("node", ["-r", "ts-node/register", "tools/bench/programs/sandboxStart.ts", node], {
      cwd: projectFolder,
      env: { FLASK_APP_SANDBOX: folder },
    }),
  );
  return { seconds: (JSON.parse(stdout) as Record<string, number>)[milestone] };
}

/**
 * Runs `npm start` with a sandbox of its own, and stops that. Returns how long the command took and, on a real node, the
 * app's first answer.
 *
 * @param folder The project, or a clone of it.
 */
function npmStart(node: NodeKind, folder = projectFolder, extraEnv: NodeJS.ProcessEnv = {}): Promise<Measure> {
  return withFolder(async (sandbox) => {
    const env = { ...withoutPulumi(), ...extraEnv, FLASK_APP_SANDBOX: sandbox, FLASK_APP_NODE: node };
    const command = (name: string) => execa("npm", ["run", "--silent", name], { cwd: folder, env, extendEnv: false });
    try {
      return await timed(async () => {
        const { stdout } = await command("start");
        if (node === "real") {
          const curl = stdout.split("\n").find((line) => line.trim().startsWith("curl "));
          await execa("sh", ["-c", `${curl} --fail`]);
        }
      });
    } finally {
      await command("stop");
    }
  });
}

/** `npm start` in a new clone, and what it cannot avoid: building the tools, in one call per Go module. */
function coldSubjects(label: string, node: NodeKind): Subject[] {
  const start = (folder: string, env: NodeJS.ProcessEnv) =>
    execa("git", ["clone", "--quiet", projectFolder, path.join(folder, "clone")]).then(() =>
      npmStart(node, path.join(folder, "clone"), env),
    );
  const build = (folder: string, env: NodeJS.ProcessEnv) => {
    const output = `${path.join(folder, "tools")}/`;
    fs.mkdirSync(output);
    return timed(async () => {
      for (const [goModule, packages] of Object.entries(toolPackages(node))) {
        const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, ...packages];
        await execa("go", args, { cwd: path.join(toolsModule, goModule), env });
      }
    });
  };
  return [
    { label, run: () => withColdCaches(start) },
    { label: goBuild, run: () => withColdCaches(build) },
  ];
}

/** Runs something with an empty folder, and with empty caches of npm and Go. */
function withColdCaches(run: (folder: string, env: NodeJS.ProcessEnv) => Promise<Measure>): Promise<Measure> {
  return withFolder((folder) => {
    const cache = (name: string) => path.join(folder, "caches", name);
    return run(folder, {
      GOCACHE: cache("go-build"),
      GOMODCACHE: cache("go-modules"),
      GOFLAGS: "-modcacherw",
      npm_config_cache: cache("npm"),
    });
  });
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-"));
  try {
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
