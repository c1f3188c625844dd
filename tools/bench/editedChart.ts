import * as fs from "fs";
import * as path from "path";
import { projectFolder } from "../lib/paths";
import { Project } from "../../test/helpers/project";

/** Edits a line of a chart: another one each time. */
export type EditChart = () => Promise<void>;

/** A copy of the project, the bench's programs included, whose chart may be edited; it is gone when this process ends. */
export function projectToEdit(): { folder: string; editChart: EditChart } {
  const project = Project.copy();
  process.on("exit", () => project.remove());
  fs.cpSync(path.join(projectFolder, "tools/bench"), path.join(project.folder, "tools/bench"), { recursive: true });
  const template = path.join(project.folder, "chart/templates/configmap.yaml");
  const content = fs.readFileSync(template, "utf8");
  let edits = 0;
  return {
    folder: project.folder,
    editChart: () => {
      edits += 1;
      fs.writeFileSync(template, content.replace(/^data:$/m, `data:\n  EDIT: "${edits}"`));
      return Promise.resolve();
    },
  };
}
