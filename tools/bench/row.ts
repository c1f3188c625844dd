/** What one run took. */
export interface Measure {
  seconds: number;
  /** Peak memory of the process, where the run tells it. */
  mebibytes?: number;
}

/** One of those that a row compares. */
export interface Subject {
  label: string;
  /** Brings about what a run needs; not measured. */
  before?: () => Promise<unknown>;
  run: () => Promise<Measure>;
}

/** Medians of a row, by the label of the subject. */
export type Medians = Record<string, Measure>;

/** What a row is to reach: a multiple of a peer, or an absolute figure. */
export type Target = { ratio: number; to: string } | { seconds: number };

/** A figure that is to reach something else than a ratio or a time. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  atMost: number;
}

/** A row of the table. */
export interface Row {
  /** By which `--only` takes it. */
  name: string;
  what: string;
  target?: Target;
  /** Figures that follow from the medians, where these are not the row itself. */
  figures?: (medians: Medians) => Figure[];
  /** Most runs that are worth their time. */
  mostRuns?: number;
  /** Why the row cannot be measured here; undefined if it can. */
  missing?: () => Promise<string | undefined>;
  /** Makes those that are compared; the first is this project's. */
  subjects: () => Promise<Subject[]>;
}
