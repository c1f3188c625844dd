import * as assert from "assert/strict";
import * as fs from "fs";
import { machine, processesOf } from "./machine";
import { shared } from "./shared";

/** `npm stop` leaves nothing. */
export function stop(): void {
  describe("npm stop", () => {
    it("leaves the machine as it was: interfaces, mounts, control groups, settings, packages, processes", async () => {
      assert.ok(processesOf(shared.project.sandbox).length > 10);
      assert.notDeepEqual(machine().cgroups, shared.machine.cgroups);
      const { exitCode, output } = await shared.project.run(["stop"]);
      assert.equal(exitCode, 0, output);
      assert.deepEqual(processesOf(shared.project.sandbox), []);
      assert.deepEqual(machine(), shared.machine);
      assert.ok(!fs.existsSync(shared.project.sandbox));
    });
  });
}
