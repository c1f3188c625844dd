import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { missingForRealNode } from "../sandbox/node/requirements";
import { projectFolder, toolsModule } from "../sandbox/paths";
import { toolPackages } from "../sandbox/tools";
import { withoutPulumi } from "../test/sandbox/project";
import { Measure, Row } from "./row";
import { timedProcess } from "./timedProcess";

const goBuild = "go build of the tools";

/** What the project's own commands take. */
export const suiteRows: Row[] = [
  {
    name: "unit",
    what: "unit suite",
    target: { seconds: 4 },
    subjects: () =>
      Promise.resolve([
        { label: "mocha test/unit", run: () => timedProcess("node", ["node_modules/mocha/bin/mocha.js", "test/unit"]) },
      ]),
  },
  {
    name: "sandbox",
    what: "sandbox, tools built: from nothing to an API that is ready",
    target: { seconds: 2 },
    subjects: () => Promise.resolve([{ label: "start", run: () => firstSeconds("api") }]),
  },
  {
    name: "sandbox-release",
    what: "sandbox, tools built: from nothing to a first release that is ready",
    target: { seconds: 4 },
    subjects: () => Promise.resolve([{ label: "start", run: () => firstSeconds("release") }]),
  },
  {
    name: "answer",
    what: "npm start on the real node, tools and images built: from nothing to the app's first answer",
    missing: async () => (await missingForRealNode())[0],
    mostRuns: 3,
    subjects: () => Promise.resolve([{ label: "npm start and curl", run: firstAnswer }]),
  },
  {
    name: "test",
    what: "npm test, tools built",
    target: { seconds: 90 },
    mostRuns: 1,
    subjects: () => Promise.resolve([{ label: "npm test", run: () => timedProcess("npm", ["test"]) }]),
  },
  {
    name: "cold-start",
    what: "npm start in a new clone, cold caches",
    target: { ratio: 1.1, to: goBuild },
    mostRuns: 1,
    subjects: () =>
      Promise.resolve([
        { label: "npm start", run: () => withColdCaches(startInClone) },
        { label: goBuild, run: () => withColdCaches(buildTools) },
      ]),
  },
];

/** Starts a sandbox of its own with a real node, and ends it; how long it took until the app had answered. */
async function firstAnswer(): Promise<Measure> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-answer-"));
  const env = { ...withoutPulumi(), FLASK_APP_SANDBOX: folder, FLASK_APP_NODE: "real" };
  const command = (name: string) => execa("npm", ["run", "--silent", name], { cwd: projectFolder, env });
  const begun = performance.now();
  try {
    const { stdout } = await command("start");
    const curl = stdout.split("\n").find((line) => line.trim().startsWith("curl "));
    await execa("sh", ["-c", `${curl} --fail`]);
    return { seconds: (performance.now() - begun) / 1000 };
  } finally {
    await command("stop");
  }
}

type Environment = Record<string, string>;

/** Measures something in a folder of its own, with no package, module or compiled file at hand. */
async function withColdCaches(run: (folder: string, env: Environment) => Promise<Measure>): Promise<Measure> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-cold-"));
  const cache = (name: string) => path.join(folder, "caches", name);
  const env = {
    GOCACHE: cache("go-build"),
    GOMODCACHE: cache("go-modules"),
    GOFLAGS: "-modcacherw",
    npm_config_cache: cache("npm"),
    FLASK_APP_SANDBOX: path.join(folder, "sandbox"),
  };
  try {
    return await run(folder, env);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function startInClone(folder: string, env: Environment): Promise<Measure> {
  const clone = path.join(folder, "clone");
  await execa("git", ["clone", "--quiet", projectFolder, clone]);
  try {
    return await timedProcess("npm", ["start"], { cwd: clone, env: { ...withoutPulumi(), ...env } });
  } finally {
    await execa("npm", ["stop"], { cwd: clone, env });
  }
}

async function buildTools(folder: string, env: Environment): Promise<Measure> {
  const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", `${path.join(folder, "tools")}/`, ...toolPackages];
  fs.mkdirSync(path.join(folder, "tools"));
  return timedProcess("go", args, { cwd: toolsModule, env });
}

/** Starts a sandbox of its own, and ends it; how long it took until it was so far. */
async function firstSeconds(milestone: "api" | "release"): Promise<Measure> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-start-"));
  const script = ["-r", "ts-node/register", "bench/programs/sandboxStart.ts"];
  const { stdout } = await execa("node", script, { cwd: projectFolder, env: { FLASK_APP_SANDBOX: folder } });
  return { seconds: (JSON.parse(stdout) as Record<typeof milestone, number>)[milestone] };
}
