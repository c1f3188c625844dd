import { Project } from "../helpers/project";
import { machine, Machine } from "./machine";

/** What the tests on the real node have in common: the project that they edit, the app's URL, the machine as it was. */
export const shared: { project: Project; url: string; machine: Machine } = {
  project: undefined as unknown as Project,
  url: "",
  machine: undefined as unknown as Machine,
};

/** Copies the project, and looks at the machine. */
export function prepare(): void {
  shared.machine = machine();
  shared.project = Project.copy();
}
