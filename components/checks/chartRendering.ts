import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { Refusal } from "../config/refusal";
import { Manifest, manifestFaults } from "./manifestFaults";

/** A local chart and what a release of it will get. */
export interface ChartRendering {
  /** Folder of the chart, relative to the project's. */
  folder: string;
  releaseName: string;
  namespace: string;
  /** The values; none may be an Output, so an unknown one is a placeholder of the same form. */
  values: object;
  /** What messages call the values, such as `flask-app:app`. */
  valuesPath: string;
}

/**
 * Renders a local chart as its release will be rendered, and checks the manifests against the schemas of Kubernetes. The
 * preview of a `helm.v3.Release` does neither, so a broken template would only fail in the middle of `pulumi up`.
 *
 * The Kubernetes provider renders the chart, with the function behind `helm.v3.Chart`: it uses the Helm that will deploy
 * the release and the version of its cluster, and needs no Helm on PATH.
 *
 * @param opts Give it the parent of the release, so that the release's own provider renders.
 * @throws {Refusal} With what Helm says about the chart or its values, including file and line; with every field that
 *   Kubernetes would refuse; or if the cluster does not answer.
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
    throw new Refusal(["Kubernetes would refuse what the chart renders:", ...faults].join("\n"));
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

/** What Helm says, without the engine's and the provider's framing, and with paths that an editor opens. */
function explain(message: string, { folder, valuesPath }: ChartRendering): string {
  const said = message.replace(/^.*failed to create chart from template: /s, "");
  // The version that Helm assumes if it cannot ask a cluster. No cluster of that age is left.
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
 * Lines of the templates that write a field: those with its key in the templates of the kind. A field that comes from a
 * value or a helper is in none of them; then the files without a line.
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
