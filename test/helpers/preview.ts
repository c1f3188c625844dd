import * as pulumi from "@pulumi/pulumi";
import deepmerge from "deepmerge";
import { FlaskAppValues } from "../../components/config/config.generated";
import { pinnedKubernetes } from "./kubernetesDefinitions";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { findHelm } from "../../tools/lib/helm";
import { chartRenderer } from "../../tools/lib/helmTemplate";
import { projectFolder } from "../../tools/lib/paths";
import { createNothing, runProject } from "../../tools/lib/program";
import { readStackFile, StackFileConfig } from "../../tools/lib/stackFiles";

/** A change to a stack's config. */
export type Change = (config: StackFileConfig) => void;

/** Adds to the app's values; a list takes the place of the one before. */
export function app(values: FlaskAppValues): Change {
  return (config) => {
    const before = config["flask-app:app"] as object;
    config["flask-app:app"] = deepmerge<object>(before, values, { arrayMerge: (_, given: unknown[]) => given });
  };
}

/** Adds Kubernetes objects to the app's release. */
export function extra(...extraManifests: object[]): Change {
  return app({ extraManifests } as FlaskAppValues);
}

/** Changes the config of a database in the cluster. */
export function database(key: "postgresql" | "redis", values: object): Change {
  return (config) => Object.assign((config[`flask-app:${key}`] as { inCluster: object }).inCluster, values);
}

/** Sets a key of the stack's config. */
export function set(key: string, value: unknown): Change {
  return (config) => (config[`flask-app:${key}`] = value);
}

const rendered = new Map<string, Promise<object[]>>();

/** Renders a chart with the real Helm, each time that it is asked for the same only once. */
async function render(options: object): Promise<object[]> {
  const key = JSON.stringify(options);
  const helm = await findHelm();
  const renderer = chartRenderer({ helm, folder: projectFolder, kubernetes: pinnedKubernetes });
  rendered.set(key, rendered.get(key) ?? renderer(options as Record<string, unknown>));
  return rendered.get(key)!;
}

/**
 * Previews a stack on Pulumi mocks: with the program's own checks and the real Helm.
 *
 * @param change Changes the config of production.
 * @param stack The name of the stack.
 * @returns The lines of the refusal; none if nothing is wrong.
 */
export async function refusal(change: Change, stack = "production"): Promise<string[]> {
  const { config } = withStandInCharts(readStackFile("production"));
  change(config);
  try {
    await runProject(projectFolder, { stack, config, handle: createNothing, render });
    return [];
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) {
      return error.message
        .split("\n")
        .filter((line) => line.startsWith("  "))
        .map((line) => line.trim());
    }
    throw error;
  }
}
