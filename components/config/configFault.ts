import { Refusal } from "./refusal";

/** A fault in one value of a stack's config. */
export interface ConfigFault {
  /** Path of the value below the project's namespace, such as `app.image.tag`. */
  path: string;
  /** What was found and what is accepted. */
  problem: string;
}

/** The stack that a config belongs to. */
export interface StackIdentity {
  /** Name of the stack, such as `production`. */
  stack: string;
  /** Name of the project, which is the namespace of its config keys. */
  project: string;
}

/** Every fault in a stack's config. Pulumi prints the message, one fault a line, without a stack trace. */
export class InvalidConfigError extends Refusal {
  /** The faults; their paths begin with the project, such as `flask-app:app.image.tag`. */
  public readonly faults: ConfigFault[];

  constructor({ stack, project }: StackIdentity, faults: ConfigFault[]) {
    const located = faults.map(({ path, problem }) => ({ path: `${project}:${path}`, problem }));
    const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
    const lines = located.map(({ path, problem }) => `  ${path}: ${problem}`);
    super([`Pulumi.${stack}.yaml has ${count}; nothing was changed:`, ...lines].join("\n"));
    this.faults = located;
  }
}
