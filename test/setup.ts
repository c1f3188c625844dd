import * as fs from "fs";
import * as os from "os";
import * as path from "path";

// The tests have their own sandbox, apart from that of `npm start`. tools/lib/paths.ts reads the variable when it is loaded.
process.env.FLASK_APP_SANDBOX = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-test-"));
// Most tests look only at the objects in the cluster, for which kwok is enough. Those in test/node use a real node.
process.env.FLASK_APP_NODE ??= "kwok";

/** Builds missing tools of the sandbox before the first test. */
export async function mochaGlobalSetup(): Promise<void> {
  const { setUpTools } = await import("../sandbox/setUp");
  const { missingForRealNode } = await import("../sandbox/node/requirements");
  // If the tests of the real node are skipped, build nothing for them.
  if (process.env.FLASK_APP_NODE !== "real" || (await missingForRealNode()).length === 0) {
    await setUpTools(new AbortController().signal);
  }
}

/** Stops the tests' sandbox, also after failures. */
export async function mochaGlobalTeardown(): Promise<void> {
  const { stopControlPlane } = await import("../sandbox/controlPlane");
  await stopControlPlane();
  fs.rmSync(process.env.FLASK_APP_SANDBOX!, { recursive: true, force: true });
}
