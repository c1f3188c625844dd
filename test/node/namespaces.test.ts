import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { processes, stopControlPlane } from "../../sandbox/controlPlane";
import { startNamespaces } from "../../sandbox/node/linuxNamespaces";
import { forwardPort } from "../../sandbox/node/portForward";
import { createStateFolder } from "../../sandbox/stateFolder";
import { stateFolder } from "../../tools/lib/paths";
import { until } from "../helpers/cluster";
import { describeOnRealNode } from "../helpers/describeWith";
import { processesOf } from "./machine";

describeOnRealNode("the namespaces of the real node", function () {
  this.timeout(60_000);

  beforeEach("start them, and forward the ports of the API server and of an app", async () => {
    createStateFolder();
    await startNamespaces(processes, new AbortController().signal);
    for (const name of ["api", "app-development"]) {
      await forwardPort(processes, name, { host: "127.0.0.1", port: 1 }, 0);
    }
  });

  afterEach("stop them", async () => {
    await stopControlPlane();
    assert.ok(!fs.existsSync(stateFolder));
  });

  // `unshare`, which the sandbox started, and the first process inside.
  for (const killed of ["namespace", "first"] as const) {
    it(`take both relays with them when the ${killed} process is killed`, async () => {
      const outer = processes.processId("namespace")!;
      const [inner] = fs.readFileSync(`/proc/${outer}/task/${outer}/children`, "utf8").split(" ").map(Number);
      assert.notEqual(processes.processId("api"), undefined);
      assert.notEqual(processes.processId("app-development"), undefined);
      process.kill(killed === "namespace" ? outer : inner, "SIGKILL");
      await until("no process is left", () => processesOf(stateFolder).length === 0, 10);
    });
  }

  it("are needed to forward a port", async () => {
    await stopControlPlane();
    await assert.rejects(forwardPort(processes, "api", { host: "127.0.0.1", port: 1 }, 0), /The node is not running/);
    assert.ok(!fs.existsSync(path.join(stateFolder, "api.pid")));
  });
});
