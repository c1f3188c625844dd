import * as path from "path";

/** Root folder of the project. */
export const projectFolder = path.resolve(__dirname, "../..");
/** The Go module that pins the sandbox's tools. */
export const toolsModule = path.join(projectFolder, "sandbox/go");
/** The tools built from that module. `npm stop` keeps them. */
export const toolsFolder = path.join(projectFolder, ".tools");
/** Manifests that the sandbox copies out of its pinned Go modules: kwok's stages, and custom resource definitions. */
export const manifestsFolder = path.join(toolsFolder, "manifests");
/** Everything that a running sandbox writes: credentials, data, logs. `npm stop` removes it. */
export const stateFolder = path.resolve(projectFolder, process.env.FLASK_APP_SANDBOX ?? ".sandbox");
/** The sandbox's own kubeconfig: one context, a random token, mode 0600. */
export const kubeconfigFile = path.join(stateFolder, "kubeconfig");
