import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { withoutPulumi } from "../helpers/project";
import { machine, processesOf } from "./machine";
import { shared } from "./shared";

/** An environment in which some programs are others. */
function withPrograms(programs: Record<string, string>, node?: string): NodeJS.ProcessEnv {
  const bin = fs.mkdtempSync(path.join(shared.project.folder, "bin-"));
  for (const [name, script] of Object.entries(programs)) {
    fs.writeFileSync(path.join(bin, name), script, { mode: 0o755 });
  }
  return { ...withoutPulumi(), FLASK_APP_NODE: node, PATH: `${bin}:${process.env.PATH}` };
}

/** What a machine without a program has on PATH. */
function withoutProgram(name: string): NodeJS.ProcessEnv {
  const bin = fs.mkdtempSync(path.join(shared.project.folder, "bin-"));
  const left = new Set([name, "pulumi"]);
  for (const folder of (process.env.PATH ?? "").split(":").filter((found) => found && fs.existsSync(found))) {
    for (const program of fs.readdirSync(folder)) {
      if (!left.has(program)) {
        left.add(program);
        fs.symlinkSync(path.join(folder, program), path.join(bin, program));
      }
    }
  }
  return { ...withoutPulumi(), FLASK_APP_NODE: undefined, PATH: bin };
}

/** Where no real node can be had. */
export function fallBack(): void {
  describe("where a real node cannot run", () => {
    // Namespaces are made, and then nothing can be started in them.
    const nsenter = { nsenter: "#!/bin/sh\necho 'nsenter: not permitted' >&2\nexit 1\n" };

    afterEach(() => shared.project.run(["stop"]));
    after(() => shared.project.remove());

    it("kwok takes its place after a start that failed, and one sentence says why", async () => {
      const { exitCode, output } = await shared.project.run(["start"], withPrograms(nsenter));
      assert.equal(exitCode, 0, output);
      assert.match(
        output,
        /The real node did not start, so the sandbox uses kwok instead\. api ended:\nnsenter: not permitted/,
      );
      assert.match(output, /dev is deployed/);
      assert.doesNotMatch(output, /\n\s+at /, "shows a stack trace");
    });

    it("the start fails if a real node was asked for, and leaves nothing", async () => {
      const { exitCode, output } = await shared.project.run(["start", "--node", "real"], withPrograms(nsenter));
      assert.equal(exitCode, 1);
      assert.match(output, /api ended:\nnsenter: not permitted/);
      assert.doesNotMatch(output, /\n\s+at /, "shows a stack trace");
      assert.deepEqual(processesOf(shared.project.sandbox), []);
      assert.deepEqual(machine(), shared.machine);
    });

    it("says what is missing, and takes kwok; but fails if a real node was asked for", async () => {
      const env = withoutProgram("apt-get");
      const { exitCode, output } = await shared.project.run(["start"], env);
      assert.equal(exitCode, 0, output);
      assert.match(output, /^Node: kwok, which runs no containers\. For a real node, install apt-get\.$/m);
      await shared.project.run(["stop"]);
      const asked = await shared.project.run(["start", "--node", "real"], env);
      assert.equal(asked.exitCode, 1);
      assert.match(asked.output, /A real node cannot run here: install apt-get\./);
    });

    it("refuses a kind of node that there is not", async () => {
      const { exitCode, output } = await shared.project.run(["start", "--node", "docker"]);
      assert.equal(exitCode, 1);
      assert.match(output, /'docker' is invalid\. Allowed choices are real, kwok/);
    });
  });
}
