import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { Manifest, manifestFaults } from "./manifestFaults";
import { Refusal } from "../config/refusal";

/** A chart and what a release of it will be given. */
export interface ChartRendering {
  /** Folder of the chart, relative to the project's. */
  folder: string;
  releaseName: string;
  namespace: string;
  /** Every value as it will be, or a placeholder of its form: none may be an Output. */
  values: object;
}

/**
 * Renders a local chart as its release will be, and checks what comes out against the schemas of Kubernetes. A preview
 * of a `helm.v3.Release` does neither (it shows values, not manifests), so that a broken template would pass it and fail
 * in the middle of `pulumi up`.
 *
 * The Kubernetes provider renders, by the function that `helm.v3.Chart` uses: the Helm that will deploy the release, on
 * the version of the cluster, and no Helm on PATH.
 *
 * @throws {Refusal} With what Helm says of the chart or its values, file and line included; with every field that
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

async function render({ folder, releaseName, namespace, values }: ChartRendering, opts: pulumi.InvokeOptions) {
  const chart = { path: path.dirname(folder), chart: path.basename(folder), include_test_hook_resources: true };
  const jsonOpts = JSON.stringify({ ...chart, release_name: releaseName, namespace, values });
  try {
    const { result } = (await pulumi.runtime.invoke("kubernetes:helm:template", { jsonOpts }, opts)) as {
      result: Manifest[];
    };
    return result;
  } catch (error) {
    throw new Refusal(explain((error as Error).message, folder));
  }
}

/** What Helm says, without what the engine and the provider put around it, and with paths that an editor opens. */
function explain(message: string, folder: string): string {
  const said = message.replace(/^.*failed to create chart from template: /s, "");
  // The version that Helm assumes where it can ask no cluster; none of that age is alive.
  if (/incompatible with Kubernetes v1\.20\.0$/.test(said)) {
    return "The cluster does not answer, and without it a preview would not tell the truth: check the kubeconfig and `pulumi config get kubernetes:context`.";
  }
  const located = said.replace(/(?<=^|[\s("])[-a-z0-9]+\/(?=templates\/)/g, `${path.normalize(folder)}/`);
  return `Helm cannot render ${folder}: ${located}`;
}

/**
 * Where the templates write a field: the lines of those of the kind that hold its key. A field that comes out of a
 * value or a helper is in none; then the file alone.
 */
function sourceLines(folder: string, kind: string, field: string): string[] {
  const key = new RegExp(
    `^[\\s-]*${field
      .replace(/\[\d+\]$/, "")
      .split(".")
      .pop()}:`,
  );
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
