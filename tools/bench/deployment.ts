import * as fs from "fs";
import * as path from "path";
import { withReachableCharts } from "../lib/bitnamiCharts";
import { copyProject } from "../lib/projectCopy";
import { readStackFile, StackFile } from "../lib/stackFiles";

/** The stack that every subject deploys, with its three releases. */
export const stack = "dev";

let copy: string | undefined;

/** A copy of the project to deploy from, whose files may change. It is removed when this process ends. */
export function projectCopy(): string {
  if (!copy) {
    const folder = copyProject();
    process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
    copy = folder;
  }
  return copy;
}

/** The stack in a namespace of its own, with charts that can be reached from here. */
export async function stackIn(namespace: string): Promise<StackFile> {
  const { config } = await withReachableCharts(readStackFile(stack), () => undefined);
  return { config: { ...config, "flask-app:namespace": namespace } };
}

/** Changes a line of the chart in the copy of the project. */
export async function editChart(): Promise<void> {
  const template = path.join(projectCopy(), "chart/templates/configmap.yaml");
  const content = await fs.promises.readFile(template, "utf8");
  const edited = content.replace(/^data:\n(  EDIT: .*\n)?/m, `data:\n  EDIT: "${Date.now()}"\n`);
  await fs.promises.writeFile(template, edited);
}
