import * as fs from "fs";
import * as os from "os";
import * as path from "path";

// A sandbox of the tests' own, beside the one that `npm start` may have running. Set before sandbox/paths.ts is read.
process.env.FLASK_APP_SANDBOX = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-test-"));
// Most tests are of what the cluster holds, for which kwok does; those in test/node set another one.
process.env.FLASK_APP_NODE ??= "kwok";

/** Builds the sandbox's tools before the first test, if they are missing. */
export async function mochaGlobalSetup(): Promise<void> {
  const { setUpTools } = await import("../sandbox/setUp");
  const { missingForRealNode } = await import("../sandbox/node/requirements");
  // Where the tests of the real node are skipped, nothing is built for them.
  if (process.env.FLASK_APP_NODE !== "real" || (await missingForRealNode()).length === 0) {
    await setUpTools(new AbortController().signal);
  }
}

/** Ends the tests' sandbox, also after failures. */
export async function mochaGlobalTeardown(): Promise<void> {
  const { stopControlPlane } = await import("../sandbox/controlPlane");
  await stopControlPlane();
}
