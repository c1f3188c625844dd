import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { NodeKind } from "../../sandbox/node/kind";
import { projectFolder, toolsModule } from "../lib/paths";
import { toolPackages } from "../../sandbox/buildBinaries";
import { Measure, Row } from "./row";
import { missingRealNode, npmStart } from "./sandboxRows";
import { timedProcess } from "./timedProcess";

const goBuild = "go build of the tools";

/** What a new user waits for: a new clone, and no package, module or compiled file at hand. */
export const coldRows: Row[] = [
  {
    name: "cold-start",
    what: "npm start with kwok in a new clone, cold caches",
    target: { ratio: 1.1, to: goBuild },
    mostRuns: 1,
    subjects: () =>
      Promise.resolve([
        { label: "npm start", run: () => withColdCaches(startInClone("kwok")) },
        { label: goBuild, run: () => withColdCaches(buildTools("kwok")) },
      ]),
  },
  {
    name: "cold-answer",
    what: "npm start on the real node in a new clone, cold caches: until the app's first answer",
    missing: missingRealNode,
    mostRuns: 1,
    subjects: () =>
      Promise.resolve([
        { label: "npm start and curl", run: () => withColdCaches(startInClone("real")) },
        { label: goBuild, run: () => withColdCaches(buildTools("real")) },
      ]),
  },
];

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
  };
  try {
    return await run(folder, env);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function startInClone(node: NodeKind) {
  return async (folder: string, env: Environment): Promise<Measure> => {
    const clone = path.join(folder, "clone");
    await execa("git", ["clone", "--quiet", projectFolder, clone]);
    return npmStart(node, clone, env);
  };
}

/** All tools of a node in as few calls as there are Go modules that pin them. */
function buildTools(node: NodeKind) {
  return async (folder: string, env: Environment): Promise<Measure> => {
    const output = `${path.join(folder, "tools")}/`;
    fs.mkdirSync(output);
    let seconds = 0;
    for (const [goModule, packages] of Object.entries(toolPackages(node))) {
      const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, ...packages];
      seconds += (await timedProcess("go", args, { cwd: path.join(toolsModule, goModule), env })).seconds;
    }
    return { seconds };
  };
}
