import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../sandbox/paths";
import { Measure, Row } from "./row";
import { timedProcess } from "./timedProcess";

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
    name: "test",
    what: "npm test, tools built",
    target: { seconds: 90 },
    mostRuns: 1,
    subjects: () => Promise.resolve([{ label: "npm test", run: () => timedProcess("npm", ["test"]) }]),
  },
];

/** Starts a sandbox of its own, and ends it; how long it took until it was so far. */
async function firstSeconds(milestone: "api" | "release"): Promise<Measure> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-start-"));
  const script = ["-r", "ts-node/register", "bench/programs/sandboxStart.ts"];
  const { stdout } = await execa("node", script, { cwd: projectFolder, env: { FLASK_APP_SANDBOX: folder } });
  return { seconds: (JSON.parse(stdout) as Record<typeof milestone, number>)[milestone] };
}
