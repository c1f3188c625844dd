import { Manifest } from "../../components/checks/manifestFaults";
import { releaseType } from "../../components/checks/plannedStack";
import { isCiphertext } from "../../components/config/encryption";
import { findHelm } from "../lib/helm";
import { chartRenderer, helmTemplate, Rendering } from "../lib/helmTemplate";
import { parseManifests } from "../lib/manifests";
import { MockRun, passwordType, ReleaseInputs, runProject } from "../lib/program";
import { StackFileConfig } from "../lib/stackFiles";

/** What to render. */
export interface StackRendering {
  stack: string;
  config: StackFileConfig;
  /** Folder of the project, or of another version of it. */
  folder: string;
  /** The random passwords that are known, by the name of their resource. The others, and rotated ones, are placeholders. */
  passwords?: Map<string, { value: string; rotation?: string }>;
  /** Reads a Secret of the stack's cluster; see `MockRun`. Without it, values from there are placeholders. */
  readSecret?: MockRun["readSecret"];
  /** Version of Kubernetes to render for, such as `v1.34.1`; default: the one that Helm assumes. */
  kubernetes?: string;
}

/** A Helm release of a stack, rendered. */
export interface RenderedRelease {
  inputs: ReleaseInputs;
  /** What Helm prints. Its comments name the templates. */
  text: string;
  manifests: Manifest[];
}

/** Everything that a stack deploys. */
export interface StackManifests {
  /** What the program deploys without Helm: the namespace and the Secrets. */
  plain: Manifest[];
  releases: RenderedRelease[];
}

/** Every manifest of a stack. */
export function allManifests({ plain, releases }: StackManifests): Manifest[] {
  return [...plain, ...releases.flatMap(({ manifests }) => manifests)];
}

/**
 * Renders everything that a stack deploys, without a cluster and without the Pulumi CLI: the program runs in this
 * process, and Helm renders each release with the values from the program.
 *
 * @throws {UserError} If the config is not valid, Helm is missing, or a chart is not available or does not render.
 */
export async function renderStack(rendering: StackRendering): Promise<StackManifests> {
  const helm = await findHelm();
  const plain: Manifest[] = [];
  const releases: ReleaseInputs[] = [];
  const { stack, folder, kubernetes, passwords, readSecret } = rendering;
  const texts = new Map<string, string>();
  await runProject(folder, {
    stack,
    config: withoutCiphertext(rendering.config) as StackFileConfig,
    secretKeys: Object.keys(rendering.config).filter((key) => holdsCiphertext(rendering.config[key])),
    handle: (type, name, inputs) => {
      if (type === passwordType) {
        // With its rotation, so that a diff shows what a rotation changes.
        const { rotation } = (inputs.keepers ?? {}) as { rotation?: string };
        const known = passwords?.get(name);
        const isCurrent = known?.rotation === rotation;
        return { ...inputs, result: known && isCurrent ? known.value : `password of ${name} ${rotation ?? ""}` };
      }
      if (type === releaseType) {
        releases.push(inputs as unknown as ReleaseInputs);
      } else {
        plain.push(inputs as unknown as Manifest);
      }
      return inputs;
    },
    render: chartRenderer({ helm, folder, kubernetes }, texts),
    readSecret,
  });
  // The program registers resources in an order that differs from run to run.
  releases.sort((a, b) => (a.name < b.name ? -1 : 1));
  plain.sort((a, b) => (a.kind + a.metadata.name < b.kind + b.metadata.name ? -1 : 1));
  return {
    plain,
    releases: await Promise.all(
      releases.map(async (inputs) => {
        // The program at another git ref may check fewer of its releases.
        const text = texts.get(inputs.name) ?? (await releaseText(inputs, { helm, folder, kubernetes }));
        return { inputs, text, manifests: releaseManifests(text, inputs.namespace) };
      }),
    ),
  };
}

/** A manifest without what depends on secrets: the values of a Secret, and their checksum on the pods. */
export function withoutSecrets(manifest: Manifest): Manifest {
  const copy = structuredClone(manifest);
  delete copy.stringData;
  const { template } = (copy.spec ?? {}) as { template?: Partial<Manifest> };
  // The annotation of a pod, or of a workload's pods.
  for (const { metadata } of [copy, template ?? {}]) {
    delete metadata?.annotations?.["checksum/secret"];
  }
  return copy;
}

/** Whether a value of a stack file, or one in it, is encrypted. */
export function holdsCiphertext(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && (isCiphertext(value) || Object.values(value).some(holdsCiphertext))
  );
}

/**
 * Config with a placeholder for each encrypted value. The placeholder contains the ciphertext, so that a diff shows that a
 * value was set anew. It goes only into a Secret, whose values are masked.
 */
function withoutCiphertext(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutCiphertext);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return isCiphertext(value)
    ? `encrypted ${value.secure}`
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutCiphertext(child)]));
}

function releaseText(inputs: ReleaseInputs, rendering: Rendering): Promise<string> {
  const { name, chart, version } = inputs;
  return helmTemplate(inputs, rendering, `Helm cannot render ${chart} ${version} for ${name}`);
}

/** The manifests of a release, from Helm's text, which may leave out their namespace. */
export function releaseManifests(text: string, namespace: string): Manifest[] {
  return parseManifests(text).map((manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, namespace: manifest.metadata.namespace ?? namespace },
  }));
}
