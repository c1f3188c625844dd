import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { ExecaError } from "execa";
import { checkRendering } from "../../components/checks/chartRendering";
import { applyToChart, applyToConfig, Mistake } from "../../tools/generate/mistakes";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { readStackFile, StackFileConfig, toProgramConfig } from "../../tools/lib/stackFiles";
import { parseManifests } from "../../tools/lib/manifests";
import { appChart, helm, Values } from "./helm";
import { pinnedKubernetes } from "../../tools/generate/kubernetesDefinitions";
import { Project } from "./project";
import { mockCall, Rendering, runProgram } from "./program";

/** The config of a mistake's stack, with the mistake in it. */
export function mistakenConfig(mistake: Mistake): StackFileConfig {
  const { config } = withStandInCharts(readStackFile(mistake.stack ?? "dev"));
  applyToConfig(mistake, config);
  return config;
}

/** Does something while the chart in a copy of the project contains a mistake. */
export async function withMistakenChart<T>(project: Project, mistake: Mistake, use: () => Promise<T>): Promise<T> {
  const chart = path.join(project.folder, "chart");
  applyToChart(mistake, chart);
  try {
    return await use();
  } finally {
    fs.rmSync(chart, { recursive: true });
    fs.cpSync(appChart, chart, { recursive: true });
  }
}

/**
 * Runs the program of a copy of the project as a preview does, with a mistake made in it: on Pulumi mocks, with the
 * program's own checks and the real Helm.
 *
 * @returns What the user is told; undefined if nothing is found.
 */
export async function previewWithMocks(project: Project, mistake: Mistake): Promise<string | undefined> {
  const workingFolder = process.cwd();
  process.chdir(project.folder);
  try {
    return await withMistakenChart(project, mistake, async () => {
      const asked: Record<string, unknown>[] = [];
      const failure = await runIndex(project, mistake, (options) => {
        asked.push(options);
        return [];
      });
      return failure ?? (await renderChart(asked[0]));
    });
  } finally {
    process.chdir(workingFolder);
  }
}

/** Runs index.ts; what it says of the config or the charts. */
async function runIndex(project: Project, mistake: Mistake, rendering: Rendering): Promise<string | undefined> {
  let failure: string | undefined;
  const program = async () => {
    const index = require.resolve(path.join(project.folder, "index"));
    // Loaded before, it would not run again.
    delete require.cache[index];
    try {
      const { default: deploy } = (await import(index)) as { default: () => Promise<object> };
      return await deploy();
    } catch (error) {
      // What the mocks' runtime is told of, it reports a second time.
      failure = messageOf(error);
      return {};
    }
  };
  const config = toProgramConfig(mistakenConfig(mistake));
  await runProgram(program, { stack: mistake.stack ?? "dev", config, rendering });
  return failure;
}

/** Checks the chart as the program asked for it; what is wrong with it. */
async function renderChart(asked: Record<string, unknown>): Promise<string | undefined> {
  const {
    release_name: releaseName,
    namespace,
    values,
  } = asked as { release_name: string; namespace: string; values: Values };
  const rendering = async () => {
    try {
      const args = ["template", releaseName, "./chart", "--namespace", namespace, "--kube-version", pinnedKubernetes];
      return parseManifests((await helm([...args, "--values", "-"], values, process.cwd())).stdout);
    } catch (error) {
      throw error instanceof ExecaError
        ? new Error(
            String(error.stderr)
              .replace(/^Error: /, "")
              .replace(/\n+Use --debug flag.*$/s, "")
              .trim(),
          )
        : error;
    }
  };
  const newResource = () => ({ id: "", state: {} });
  await pulumi.runtime.setMocks({ newResource, call: mockCall(rendering) }, "flask-app", "dev", true);
  try {
    await checkRendering({ folder: "./chart", releaseName, namespace, values }, {});
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The message of an error that the user sees without a stack trace; any other is thrown. */
function messageOf(error: unknown): string {
  if (pulumi.RunError.isInstance(error)) {
    return error.message;
  }
  throw error;
}
