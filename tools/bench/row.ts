/** What one run took. */
export interface Measure {
  seconds: number;
  /** Peak memory of the process, if it prints it. */
  mebibytes?: number;
}

/** One of the things that a row compares. */
export interface Subject {
  label: string;
  /** Prepares a run; not measured. */
  before?: () => Promise<unknown>;
  run: () => Promise<Measure>;
}

/** Medians of a row, by the label of the subject. */
export type Medians = Record<string, Measure>;

/** What a row should reach: a multiple of another subject's time, or a number of seconds. */
export type Target = { ratio: number; to: string } | { seconds: number };

/** A figure with a limit that is neither a ratio of times nor a time. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  atMost: number;
}

/** A row of the table. */
export interface Row {
  /** Its name for `--only`. */
  name: string;
  what: string;
  target?: Target;
  /** Figures to show instead of the medians. */
  figures?: (medians: Medians) => Figure[];
  /** The most runs worth their time. */
  mostRuns?: number;
  /** Why this machine cannot measure the row; undefined if it can. */
  missing?: () => Promise<string | undefined>;
  /** What the row compares, this project's subject first; or a function that prepares it. */
  subjects: Subject[] | (() => Promise<Subject[]>);
}
