import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import type { LiveRelease } from "../cluster/liveReleases";
import { ConfigFault } from "../config/configFault";
import { Refusal } from "../config/refusal";
import { Manifest, manifestFaults } from "./manifestFaults";
import { PlannedRelease } from "./plannedStack";
import { templateFault } from "./templateFaults";

/** What came of rendering a release. */
export interface RenderedRelease {
  release: PlannedRelease;
  /** None if Helm cannot render the release. */
  manifests: Manifest[];
  /** What Helm deployed last; undefined if it never did, or on Pulumi mocks. */
  deployed?: Manifest[];
  /** The manifests that {@link problems} are about. */
  faulty: Manifest[];
  /** Values that contradict each other, with their paths in the chart's values. */
  contradictions: ConfigFault[];
  /** What Helm or Kubernetes would reject; for a local chart with the file and line of its template. */
  problems: string[];
}

/**
 * Renders a release exactly as it will be deployed, and checks the manifests of a local chart against the schemas of
 * Kubernetes. The preview of a `helm.v3.Release` does neither, so a broken template would only fail in the middle of
 * `pulumi up`.
 *
 * The Kubernetes provider renders the chart, with the function behind `helm.v3.Chart`: it uses the Helm that will deploy
 * the release and the version of its cluster, and needs no Helm on PATH.
 *
 * @param live The release in the cluster; undefined if it is not there.
 * @throws {Refusal} If the cluster does not answer.
 */
export async function renderRelease(release: PlannedRelease, live?: LiveRelease): Promise<RenderedRelease> {
  const record = live?.lastDeployed?.manifests;
  const deployed = record === undefined ? undefined : await parse(record, release);
  try {
    const manifests = await render(release);
    const checked = isLocal(release) ? manifests : [];
    const faulty = checked
      .map((manifest) => ({ manifest, problems: problemsOf(release, manifest) }))
      .filter(({ problems }) => problems.length > 0);
    return {
      ...{ release, manifests, deployed },
      faulty: faulty.map(({ manifest }) => manifest),
      contradictions: [],
      problems: faulty.flatMap(({ problems }) => problems),
    };
  } catch (error) {
    return { release, manifests: [], deployed, faulty: [], ...explain((error as Error).message, release) };
  }
}

function isLocal({ chart }: PlannedRelease): boolean {
  return !chart.startsWith("oci://");
}

async function render(release: PlannedRelease): Promise<Manifest[]> {
  const { name, namespace, values, provider, chart, version } = release;
  // The provider cannot unpack a chart by its digest. The release itself checks it.
  const source = isLocal(release)
    ? { path: path.dirname(chart), chart: path.basename(chart) }
    : { chart: chart.replace(/@.*$/, ""), version };
  const jsonOpts = JSON.stringify({
    ...{ ...source, include_test_hook_resources: true },
    ...{ release_name: name, namespace, values },
  });
  const { result } = (await pulumi.runtime.invoke("kubernetes:helm:template", { jsonOpts }, { provider })) as {
    result: Manifest[];
  };
  return result;
}

/** Parses Helm's record with the parser that the rendered manifests come through, the provider's. */
async function parse(text: string, { namespace }: PlannedRelease): Promise<Manifest[]> {
  const args = { text, defaultNamespace: namespace };
  const { result } = (await pulumi.runtime.invoke("kubernetes:yaml:decode", args)) as {
    result: Manifest[];
  };
  return result;
}

function problemsOf({ chart }: PlannedRelease, manifest: Manifest): string[] {
  return manifestFaults(manifest).map((fault) => {
    const source = sourceLines(chart, manifest.kind, fault.path).join(" or ");
    return `${source}: ${manifest.kind} ${manifest.metadata.name}: ${fault.path} ${fault.problem}`;
  });
}

/** Helm's message without the engine's and the provider's framing, with paths that an editor can open. */
function explain(message: string, release: PlannedRelease): Pick<RenderedRelease, "contradictions" | "problems"> {
  const said = message.replace(/^.*failed to create chart from template: /s, "");
  // Helm assumes this version if it cannot reach a cluster. No real cluster is that old.
  if (/incompatible with Kubernetes v1\.20\.0$/.test(said)) {
    throw new Refusal(
      "The cluster does not answer, and without it a preview would be wrong: check the kubeconfig and `pulumi config get kubernetes:context`.",
    );
  }
  // The chart's own list of faults; see its _validate.tpl.
  const [, list] = /The values contradict each other:\n(.+)$/s.exec(said) ?? [];
  if (list) {
    const contradictions = [...list.matchAll(/^ *(\S+): (.+)$/gm)].map(([, path, problem]) => ({ path, problem }));
    return { contradictions, problems: [] };
  }
  const fault = templateFault(said, release.values);
  if (fault) {
    return { contradictions: [fault], problems: [] };
  }
  const { chart } = release;
  const inFolder = (text: string) =>
    text.replace(/(?<=^|[\s("])[-a-z0-9]+\/(?=templates\/)/g, `${path.normalize(chart)}/`);
  return {
    contradictions: [],
    problems: [`Helm cannot render ${chart}: ${isLocal(release) ? inFolder(said) : said}`],
  };
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
