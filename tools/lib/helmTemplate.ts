import * as path from "path";
import { Manifest } from "../../components/checks/manifestFaults";
import { runHelm } from "./helm";
import { parseManifests } from "./manifests";
import { Properties } from "./program";

/** Where and for what to render. */
export interface Rendering {
  /** Path of Helm. */
  helm: string;
  /** Folder of the project, where chart paths start. */
  folder: string;
  /** Version of Kubernetes to render for, such as `v1.34.1`; default: the one that Helm assumes. */
  kubernetes?: string;
}

/** A release to render. */
export interface TemplatedRelease {
  name: string;
  namespace: string;
  /** Folder relative to the project's, package, or oci:// address. */
  chart: string;
  version?: string;
  values: unknown;
}

/**
 * Renders a release with `helm template`, hooks included.
 *
 * @param failure How the message begins if Helm fails.
 * @returns What Helm prints: YAML documents with comments that name the templates.
 * @throws {UserError} With what Helm says.
 */
export async function helmTemplate(
  { name, namespace, chart, version, values }: TemplatedRelease,
  { helm, folder, kubernetes }: Rendering,
  failure: string,
): Promise<string> {
  const args = [
    ...["template", name, chart, "--namespace", namespace, "--values", "-"],
    ...(version ? ["--version", version] : []),
    ...(kubernetes ? ["--kube-version", kubernetes] : []),
  ];
  const { stdout } = await runHelm(args, { binary: helm, cwd: folder, input: JSON.stringify(values), failure });
  return stdout;
}

/**
 * Stands in for the Kubernetes provider where a program runs on mocks: answers `kubernetes:helm:template` with the local
 * Helm, and fails with the provider's words.
 *
 * @param texts Gets what Helm printed for each release, by the release's name.
 */
export function chartRenderer(
  rendering: Rendering,
  texts = new Map<string, string>(),
): (options: Properties) => Promise<Manifest[]> {
  return async (options) => {
    const { release_name: name, namespace, values, version, ...given } = options as Record<string, string>;
    const chart = given.path ? `./${path.join(given.path, given.chart)}` : given.chart;
    const release = { name, namespace, chart, version, values };
    const text = await helmTemplate(release, rendering, "failed to create chart from template");
    texts.set(name, text);
    return parseManifests(text);
  };
}
