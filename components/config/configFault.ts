import { Refusal } from "./refusal";

/** A fault in one value of a stack's config. */
export interface ConfigFault {
  /** Path of the value below the project's namespace, such as `app.image.tag`; or a key of another one, `kubernetes:context`. */
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

/**
 * Adds the faults that another check found. Those about a value that has a fault already, or about a part of it, are left
 * out: they may only follow from the first one.
 */
export function withFaults(faults: ConfigFault[], more: ConfigFault[]): ConfigFault[] {
  return more.reduce(
    (known, fault) => (known.some(({ path }) => isPartOf(path, fault.path)) ? known : [...known, fault]),
    faults,
  );
}

/** Whether one path is a part of the other, such as `app.ingress` of `app.ingress.hosts[0]`. */
function isPartOf(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long.startsWith(short) && /^($|[.[])/.test(long.slice(short.length));
}

/** Every fault in a stack's config. Pulumi prints the message, one fault a line, without a stack trace. */
export class InvalidConfigError extends Refusal {
  /** The faults; their paths begin with the project, such as `flask-app:app.image.tag`. */
  public readonly faults: ConfigFault[];

  constructor(identity: StackIdentity, faults: ConfigFault[]) {
    super(configFaultLines(identity, faults).join("\n"));
    this.faults = located(identity, faults);
  }
}

/** The lines of a message with every fault in a stack's config; none if there is no fault. */
export function configFaultLines(identity: StackIdentity, faults: ConfigFault[]): string[] {
  if (faults.length === 0) {
    return [];
  }
  const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
  const lines = located(identity, faults).map(({ path, problem }) => `  ${path}: ${problem}`);
  return [`Pulumi.${identity.stack}.yaml has ${count}; nothing was changed:`, ...lines];
}

function located({ project }: StackIdentity, faults: ConfigFault[]): ConfigFault[] {
  return faults.map(({ path, problem }) => ({
    path: /^kubernetes:/.test(path) ? path : `${project}:${path}`,
    problem,
  }));
}
