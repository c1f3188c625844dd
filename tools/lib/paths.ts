import * as path from "path";

/** Folder of the project. */
export const projectFolder = path.resolve(__dirname, "../..");
/** The Go module that pins the sandbox's tools. */
export const toolsModule = path.join(projectFolder, "sandbox/go");
/** Tools built from that module; kept when the sandbox stops. */
export const toolsFolder = path.join(projectFolder, ".tools");
/** All that a running sandbox writes: credentials, data, logs. `npm stop` removes it. */
export const stateFolder = process.env.FLASK_APP_SANDBOX ?? path.join(projectFolder, ".sandbox");
/** The sandbox's own kubeconfig: one context, a random token, mode 0600. */
export const kubeconfigFile = path.join(stateFolder, "kubeconfig");
