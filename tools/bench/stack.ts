import * as fs from "fs";
import * as path from "path";
import { withReachableCharts } from "../lib/bitnamiCharts";
import { copyProject } from "../lib/projectCopy";
import { readStackFile, StackFileConfig } from "../lib/stackFiles";

/** The stack that every subject deploys, with its three releases. */
export const stack = "dev";

/** Its config, in a namespace of its own, with charts that can be reached from here. */
export async function stackConfig(namespace: string): Promise<StackFileConfig> {
  const { config } = await withReachableCharts(readStackFile(stack), () => undefined);
  return { ...config, "flask-app:namespace": namespace };
}

/** A copy of the project, which is removed when this process ends, and a function that edits a line of its chart. */
export function projectToEdit(): { folder: string; editChart: () => Promise<void> } {
  const folder = copyProject();
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  const template = path.join(folder, "chart/templates/configmap.yaml");
  const content = fs.readFileSync(template, "utf8");
  let edits = 0;
  const editChart = () => {
    edits += 1;
    fs.writeFileSync(template, content.replace(/^data:$/m, `data:\n  EDIT: "${edits}"`));
    return Promise.resolve();
  };
  return { folder, editChart };
}
