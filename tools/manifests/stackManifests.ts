import { execa, ExecaError } from "execa";
import * as yaml from "yaml";
import { Manifest } from "../../components/checks/manifestFaults";
import { ReleaseInputs } from "../../sandbox/helm";
import { passwordType, releaseType, runProgram } from "../lib/program";
import { StackFileConfig } from "../lib/stackFiles";
import { findTool } from "../lib/binaries";
import { UserError } from "../lib/userError";

/** What to render. */
export interface StackRendering {
  stack: string;
  config: StackFileConfig;
  /** Folder of the project; that of another version of it may be anywhere. */
  folder: string;
  /** The random passwords that are known, by the name of their resource; the others are placeholders. */
  passwords?: Map<string, { value: string }>;
  /** Version of Kubernetes to render for, such as `v1.34.1`; default: the one that Helm assumes. */
  kubernetes?: string;
}

/** A Helm release of a stack, rendered. */
export interface RenderedRelease {
  inputs: ReleaseInputs;
  /** What Helm prints, in which comments name the templates. */
  text: string;
  manifests: Manifest[];
}

/** All that a stack deploys. */
export interface StackManifests {
  /** What the program deploys by itself: the namespace and the Secrets. */
  plain: Manifest[];
  releases: RenderedRelease[];
}

/**
 * Renders everything that a stack deploys, without a cluster and without the Pulumi CLI: the program runs in this
 * process, and Helm renders each release with the values that the program gives it.
 *
 * @throws {UserError} If the config is not valid, Helm is missing, or a chart cannot be had or rendered.
 */
export async function renderStack(rendering: StackRendering): Promise<StackManifests> {
  const helm = await findTool("helm");
  if (!helm) {
    throw new UserError(
      "Helm 3 is needed to render: `npm start` builds it, or install the version in sandbox/go/go.mod.",
    );
  }
  const plain: Manifest[] = [];
  const releases: ReleaseInputs[] = [];
  await runProgram(
    { ...rendering, config: withoutCiphertext(rendering.config) as StackFileConfig },
    (type, name, inputs) => {
      if (type === passwordType) {
        return Promise.resolve({ ...inputs, result: rendering.passwords?.get(name)?.value ?? `password of ${name}` });
      }
      if (type === releaseType) {
        releases.push(inputs as unknown as ReleaseInputs);
      } else {
        plain.push(inputs as unknown as Manifest);
      }
      return Promise.resolve(inputs);
    },
  );
  // They come in the order in which they became ready to be made, which differs from run to run.
  releases.sort((a, b) => (a.name < b.name ? -1 : 1));
  plain.sort((a, b) => (a.kind + a.metadata.name < b.kind + b.metadata.name ? -1 : 1));
  return {
    plain,
    releases: await Promise.all(releases.map((release) => renderRelease(helm, release, rendering))),
  };
}

/** Values that Pulumi has encrypted go into Secrets alone, where a placeholder does as well. */
function withoutCiphertext(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutCiphertext);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return isCiphertext(value)
    ? "encrypted"
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutCiphertext(child)]));
}

/** Whether a value of a stack file, or one in it, is encrypted. */
export function holdsCiphertext(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && (isCiphertext(value) || Object.values(value).some(holdsCiphertext))
  );
}

function isCiphertext(value: object): boolean {
  return "secure" in value && typeof value.secure === "string" && Object.keys(value).length === 1;
}

async function renderRelease(
  helm: string,
  inputs: ReleaseInputs,
  { folder, kubernetes }: StackRendering,
): Promise<RenderedRelease> {
  const { name, chart, version, namespace, values } = inputs;
  const kubeVersion = kubernetes ? ["--kube-version", kubernetes] : [];
  const args = [
    "template",
    name,
    chart,
    "--version",
    version,
    "--namespace",
    namespace,
    "--values",
    "-",
    ...kubeVersion,
  ];
  try {
    const { stdout: text } = await execa(helm, args, { cwd: folder, input: JSON.stringify(values) });
    return { inputs, text, manifests: parseManifests(text, namespace) };
  } catch (error) {
    if (error instanceof ExecaError) {
      const said = String(error.stderr)
        .replace(/\n+Use --debug flag.*$/s, "")
        .trim();
      throw new UserError(`Helm cannot render ${chart} ${version} for ${name}: ${said || error.shortMessage}`);
    }
    throw error;
  }
}

/** The objects in Helm's output, as a YAML 1.1 parser such as that of Kubernetes reads them. */
function parseManifests(text: string, namespace: string): Manifest[] {
  const documents = yaml.parseAllDocuments(text, { version: "1.1" });
  const objects = Array.isArray(documents) ? documents.map((document) => document.toJS() as Manifest | null) : [];
  return objects
    .filter((object) => object !== null)
    .map((object) => ({
      ...object,
      metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
    }));
}
