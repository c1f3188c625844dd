import * as pulumi from "@pulumi/pulumi";
import { Manifest } from "./manifestFaults";

/** Type token of a Helm release. */
export const releaseType = "kubernetes:helm.sh/v3:Release";

/** What stands for a value that only the deployment will know. */
export const unknownPlaceholder = "unknown";

/** A Helm release that the program registered. */
export interface PlannedRelease {
  resource: pulumi.Resource;
  /** The provider that deploys it; undefined for the default one. */
  provider?: pulumi.ProviderResource;
  /** The component that it is part of. */
  parent?: pulumi.Resource;
  name: string;
  namespace: string;
  /** Folder relative to the project's, or an `oci://` reference. */
  chart: string;
  version: string;
  /** Shown by `helm history`. */
  description: string;
  /** The values, without Outputs; unknown ones are {@link unknownPlaceholder}. */
  values: object;
}

/** What the program registered for Kubernetes. */
export interface PlannedStack {
  releases: PlannedRelease[];
  /** The objects that the program deploys without Helm. Secrets come without their content. */
  objects: Manifest[];
}

/**
 * Records every Kubernetes resource that the program registers from now on.
 *
 * @returns Reads the record. It waits until the inputs of every resource are known or known to be unknown.
 */
export function recordPlan(): () => Promise<PlannedStack> {
  const registered: pulumi.ResourceTransformationArgs[] = [];
  pulumi.runtime.registerStackTransformation((args) => {
    if (args.type.startsWith("kubernetes:")) {
      registered.push(args);
    }
    return undefined;
  });
  return async () => {
    const releases = registered.filter(({ type }) => type === releaseType);
    const others = registered.filter(({ type }) => type !== releaseType);
    return {
      releases: await Promise.all(releases.map(plannedRelease)),
      objects: await Promise.all(others.map(plannedObject)),
    };
  };
}

/** The provider of a resource, its own or inherited; undefined for the default one. */
export function providerOf({ type, opts }: pulumi.ResourceTransformationArgs): pulumi.ProviderResource | undefined {
  return (opts as pulumi.CustomResourceOptions).provider ?? opts.parent?.getProvider(type);
}

async function plannedRelease(args: pulumi.ResourceTransformationArgs): Promise<PlannedRelease> {
  const inputs = (await resolve(args.props)) as Omit<PlannedRelease, "resource" | "provider" | "parent">;
  return { ...inputs, resource: args.resource, provider: providerOf(args), parent: args.opts.parent };
}

async function plannedObject({ props }: pulumi.ResourceTransformationArgs): Promise<Manifest> {
  const content = ["data", "stringData"];
  const shown = Object.entries(props).filter(([key]) => props.kind !== "Secret" || !content.includes(key));
  return (await resolve(Object.fromEntries(shown))) as Manifest;
}

/** The inputs of a resource with its Outputs resolved. */
async function resolve(props: pulumi.Inputs): Promise<unknown> {
  return withPlaceholders(await pulumi.runtime.serializeProperties("inputs", props));
}

function withPlaceholders(value: unknown): unknown {
  if (value === pulumi.runtime.unknownValue) {
    return unknownPlaceholder;
  }
  if (Array.isArray(value)) {
    return value.map(withPlaceholders);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withPlaceholders(child)]))
    : value;
}
