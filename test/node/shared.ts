import { Project } from "../helpers/project";
import { machineState, MachineState } from "./machine";

/** What the tests of the real node share. */
export const shared: {
  /** A copy of the project, which they edit. */
  project: Project;
  /** URL of the app. */
  url: string;
  /** The machine before the sandbox was started. */
  machine: MachineState;
} = {
  project: undefined as unknown as Project,
  url: "",
  machine: undefined as unknown as MachineState,
};

/** Copies the project, and records the state of the machine. */
export function prepare(): void {
  shared.machine = machineState();
  shared.project = Project.copy();
}
