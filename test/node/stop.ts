import * as assert from "assert/strict";
import * as fs from "fs";
import { succeed } from "../helpers/cluster";
import { machineState, processesOf } from "./machine";
import { shared } from "./shared";

/** `npm stop` removes everything. */
export function stop(): void {
  describe("npm stop", () => {
    it("leaves the machine as it was: interfaces, mounts, control groups, settings, packages, processes", async () => {
      assert.ok(processesOf(shared.project.sandbox).length > 10);
      assert.notDeepEqual(machineState().cgroups, shared.machine.cgroups);
      await succeed(shared.project, ["stop"]);
      assert.deepEqual(processesOf(shared.project.sandbox), []);
      assert.deepEqual(machineState(), shared.machine);
      assert.ok(!fs.existsSync(shared.project.sandbox));
    });
  });
}
