import * as fs from "fs";
import * as os from "os";
import * as path from "path";

// A sandbox of the tests' own, beside the one that `npm start` may have running. Set before sandbox/paths.ts is read.
process.env.FLASK_APP_SANDBOX = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-test-"));

/** Builds the sandbox's tools before the first test, if they are missing. */
export async function mochaGlobalSetup(): Promise<void> {
  const { setUpTools } = await import("../sandbox/setUp");
  await setUpTools(new AbortController().signal);
}

/** Ends the tests' sandbox, also after failures. */
export async function mochaGlobalTeardown(): Promise<void> {
  const { stopControlPlane } = await import("../sandbox/controlPlane");
  await stopControlPlane();
}
