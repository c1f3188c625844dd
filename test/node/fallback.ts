import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { assertFailed, succeed } from "../helpers/cluster";
import { withoutPulumi } from "../helpers/project";
import { machineState, processesOf } from "./machine";
import { shared } from "./shared";

/** An environment in which scripts replace some programs. */
function withPrograms(programs: Record<string, string>, node?: string): NodeJS.ProcessEnv {
  const bin = fs.mkdtempSync(path.join(shared.project.folder, "bin-"));
  for (const [name, script] of Object.entries(programs)) {
    fs.writeFileSync(path.join(bin, name), script, { mode: 0o755 });
  }
  return { ...withoutPulumi(), FLASK_APP_NODE: node, PATH: `${bin}:${process.env.PATH}` };
}

/** The environment of a machine without a program. */
function withoutProgram(name: string): NodeJS.ProcessEnv {
  const bin = fs.mkdtempSync(path.join(shared.project.folder, "bin-"));
  const seen = new Set([name, "pulumi"]);
  for (const folder of (process.env.PATH ?? "").split(":").filter((found) => found && fs.existsSync(found))) {
    for (const program of fs.readdirSync(folder)) {
      if (!seen.has(program)) {
        seen.add(program);
        fs.symlinkSync(path.join(folder, program), path.join(bin, program));
      }
    }
  }
  return { ...withoutPulumi(), FLASK_APP_NODE: undefined, PATH: bin };
}

/** Machines that cannot run a real node. */
export function fallback(): void {
  describe("where a real node cannot run", () => {
    // The namespaces are created, but nothing can be started in them.
    const nsenter = { nsenter: "#!/bin/sh\necho 'nsenter: not permitted' >&2\nexit 1\n" };

    afterEach(() => shared.project.run(["stop"]));
    after(() => shared.project.remove());

    it("the sandbox uses kwok after a start that failed, and says why in one sentence", async () => {
      const output = await succeed(shared.project, ["start"], withPrograms(nsenter));
      assert.match(
        output,
        /The real node did not start, so the sandbox uses kwok instead\. api ended:\nnsenter: not permitted/,
      );
      assert.match(output, /dev is deployed/);
      assert.doesNotMatch(output, /\n\s+at /, "shows a stack trace");
    });

    it("the start fails with --node real, and leaves nothing", async () => {
      const result = await shared.project.run(["start", "--node", "real"], withPrograms(nsenter));
      assertFailed(result, "api ended:\nnsenter: not permitted");
      assert.deepEqual(processesOf(shared.project.sandbox), []);
      assert.deepEqual(machineState(), shared.machine);
    });

    it("the sandbox uses kwok and says what is missing, but fails with --node real", async () => {
      const env = withoutProgram("apt-get");
      const output = await succeed(shared.project, ["start"], env);
      assert.match(output, /^Node: kwok, which runs no containers\. For a real node, install apt-get\.$/m);
      await shared.project.run(["stop"]);
      const failed = await shared.project.run(["start", "--node", "real"], env);
      assertFailed(failed, "A real node cannot run here. To run one, install apt-get.");
    });

    it("an unknown kind of node is refused", async () => {
      const result = await shared.project.run(["start", "--node", "docker"]);
      assertFailed(result, "'docker' is invalid. Allowed choices are real, kwok");
    });
  });
}
