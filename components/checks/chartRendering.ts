import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../config/refusal";
import { Manifest, manifestFaults } from "./manifestFaults";

/** A local chart, and what its release will get. */
export interface ChartRendering {
  /** Folder of the chart, relative to the project's. */
  folder: string;
  releaseName: string;
  namespace: string;
  /** The values, without Outputs: unknown ones are placeholders. */
  values: object;
  /** What messages call the values, such as `flask-app:app`. */
  valuesPath: string;
}

/**
 * Renders a local chart exactly as its release will be, and checks the manifests against the schemas of Kubernetes. The
 * preview of a `helm.v3.Release` does neither, so a broken template would only fail in the middle of `pulumi up`.
 *
 * The Kubernetes provider renders the chart, with the function behind `helm.v3.Chart`: it uses the Helm that will deploy
 * the release and the version of its cluster, and needs no Helm on PATH.
 *
 * @param opts Pass the release's parent, so that the same provider renders.
 * @throws {Refusal} If Helm rejects the chart or its values, if Kubernetes would reject a field, or if the cluster does
 *   not answer. The message names file and line.
 */
export async function checkRendering(rendering: ChartRendering, opts: pulumi.InvokeOptions): Promise<void> {
  const { folder } = rendering;
  const manifests = await render(rendering, opts);
  const faults = manifests.flatMap((manifest) =>
    manifestFaults(manifest).map((fault) => {
      const source = sourceLines(folder, manifest.kind, fault.path).join(" or ");
      return `  ${source}: ${manifest.kind} ${manifest.metadata.name}: ${fault.path} ${fault.problem}`;
    }),
  );
  if (faults.length > 0) {
    throw new Refusal(["Kubernetes would reject these rendered manifests:", ...faults].join("\n"));
  }
}

async function render(rendering: ChartRendering, opts: pulumi.InvokeOptions): Promise<Manifest[]> {
  const { folder, releaseName, namespace, values } = rendering;
  const chart = { path: path.dirname(folder), chart: path.basename(folder), include_test_hook_resources: true };
  const jsonOpts = JSON.stringify({ ...chart, release_name: releaseName, namespace, values });
  try {
    const { result } = (await pulumi.runtime.invoke("kubernetes:helm:template", { jsonOpts }, opts)) as {
      result: Manifest[];
    };
    return result;
  } catch (error) {
    throw new Refusal(explain((error as Error).message, rendering));
  }
}

/** Helm's message without the engine's and the provider's framing, with paths that an editor can open. */
function explain(message: string, { folder, valuesPath }: ChartRendering): string {
  const said = message.replace(/^.*failed to create chart from template: /s, "");
  // Helm assumes this version if it cannot reach a cluster. No real cluster is that old.
  if (/incompatible with Kubernetes v1\.20\.0$/.test(said)) {
    return "The cluster does not answer, and without it a preview would be wrong: check the kubeconfig and `pulumi config get kubernetes:context`.";
  }
  // The chart's own list of faults; see its _validate.tpl.
  const [, contradictions] = /The values contradict each other:\n(.+)$/s.exec(said) ?? [];
  if (contradictions) {
    const faults = contradictions.split("\n").filter(Boolean);
    return ["These values contradict each other:", ...faults.map((fault) => `  ${valuesPath}.${fault.trim()}`)].join(
      "\n",
    );
  }
  const located = said.replace(/(?<=^|[\s("])[-a-z0-9]+\/(?=templates\/)/g, `${path.normalize(folder)}/`);
  return `Helm cannot render ${folder}: ${located}`;
}

/**
 * Where the templates set a field: the lines with its key, in the templates of that kind; or only the files, if a value or
 * a helper sets it.
 */
function sourceLines(folder: string, kind: string, field: string): string[] {
  const name = field
    .replace(/\[\d+\]$/, "")
    .split(".")
    .pop();
  const key = new RegExp(`^[\\s-]*${name}:`);
  const templates = path.join(folder, "templates");
  const files = fs
    .readdirSync(templates, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => path.join(templates, file))
    .map((file) => ({ file, lines: fs.readFileSync(file, "utf8").split("\n") }))
    .filter(({ lines }) => lines.includes(`kind: ${kind}`));
  const places = files.flatMap(({ file, lines }) =>
    lines.flatMap((line, index) => (key.test(line) ? [`${file}:${index + 1}`] : [])),
  );
  return places.length > 0 ? places : files.map(({ file }) => file);
}
