import { Refusal } from "./refusal";

/** What is wrong with one value of a stack's config. */
export interface ConfigFault {
  /** Where the value is, such as `flask-app:app.image.tag`. */
  path: string;
  /** What was found there and what is accepted. */
  problem: string;
}

/** All that is wrong with a stack's config; Pulumi prints its message, a fault a line, and no stack trace. */
export class InvalidConfigError extends Refusal {
  constructor(
    stack: string,
    public readonly faults: ConfigFault[],
  ) {
    const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
    const lines = faults.map((fault) => `  ${fault.path}: ${fault.problem}`);
    super([`Pulumi.${stack}.yaml has ${count}; nothing was changed:`, ...lines].join("\n"));
  }
}
