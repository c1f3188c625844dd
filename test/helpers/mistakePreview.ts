import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { findHelm } from "../../tools/lib/helm";
import { chartRenderer } from "../../tools/lib/helmTemplate";
import { createNothing, runProject } from "../../tools/lib/program";
import { readStackFile, StackFileConfig } from "../../tools/lib/stackFiles";
import { appChart } from "./helm";
import { pinnedKubernetes } from "./kubernetesDefinitions";
import { Mistake } from "./mistakes";
import { Project } from "./project";

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
 * Previews a copy of the project with a mistake in it: on Pulumi mocks, with the program's own checks and the real Helm.
 *
 * @returns The message that the user gets; undefined if nothing is found.
 */
export async function previewWithMocks(project: Project, mistake: Mistake): Promise<string | undefined> {
  const { folder } = project;
  const helm = await findHelm();
  const { stack = "dev" } = mistake;
  const config = mistakenConfig(mistake);
  const render = chartRenderer({ helm, folder, kubernetes: pinnedKubernetes });
  return withMistakenChart(project, mistake, async () => {
    try {
      await runProject(folder, { stack, config, handle: createNothing, render });
      return undefined;
    } catch (error) {
      if (pulumi.RunError.isInstance(error)) {
        return error.message;
      }
      throw error;
    }
  });
}

/** Makes a mistake in the config of its stack. */
function applyToConfig({ set = {}, remove }: Mistake, config: StackFileConfig): void {
  for (const [name, value] of Object.entries(set)) {
    const keys = `flask-app:${name}`.split(".");
    const parent = keys.slice(0, -1).reduce((object, key) => (object[key] ??= {}) as StackFileConfig, config);
    parent[keys.at(-1)!] = value;
  }
  if (remove) {
    delete config[`flask-app:${remove}`];
  }
}

/**
 * Makes a mistake in a copy of the chart.
 *
 * @throws {Error} If the file does not contain the text to replace.
 */
function applyToChart({ edit }: Mistake, chart: string): void {
  if (edit) {
    const file = path.join(chart, edit.file);
    const text = fs.readFileSync(file, "utf8");
    if (!text.includes(edit.from)) {
      throw new Error(`${edit.file} does not contain ${JSON.stringify(edit.from)}`);
    }
    fs.writeFileSync(file, text.replace(edit.from, edit.to));
  }
}
