import * as fs from "fs";
import * as path from "path";
import { Figure, Medians, Row } from "./row";

/** What came of a row: its medians, or why there are none. */
export interface Result {
  row: Row;
  medians?: Medians;
  notMeasured?: string;
}

/** What is kept of a row. */
type Recorded = { medians: Medians; machine: string } | { notMeasured: string };

/** A row of the table, or one figure of it. */
export interface Line {
  what: string;
  here: string;
  peers: string;
  target: string;
  /** This project's value, in relation to what it is to reach: 1 is met exactly. */
  ofTarget?: number;
  /** By which it is compared with what was recorded: a ratio, or a figure. */
  key?: number;
}

const file = path.join(__dirname, "recorded.json");

/** What was recorded, by the names of the rows. */
export function recorded(): Record<string, Recorded> {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, Recorded>) : {};
}

/** Records results; those of other rows stay. */
export function record(results: Result[], machine: string): void {
  const all = recorded();
  for (const { row, medians, notMeasured } of results) {
    all[row.name] = medians ? { medians, machine } : { notMeasured: notMeasured ?? "" };
  }
  fs.writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

/** The lines of the table that a row makes. */
export function linesOf({ row, medians, notMeasured }: Result): Line[] {
  if (!medians) {
    return [{ what: row.what, here: `not measured: ${notMeasured}`, peers: "", target: targetOf(row) }];
  }
  if (row.figures) {
    return row.figures(medians).map(lineOfFigure);
  }
  const [[, { seconds }], ...peers] = Object.entries(medians);
  const line = { what: row.what, here: shown(seconds), target: targetOf(row) };
  const compared = peers.map(
    ([label, peer]) => `${shown(peer.seconds)} ${label} (${(seconds / peer.seconds).toFixed(2)} x)`,
  );
  const reached = row.target && "seconds" in row.target ? row.target.seconds : goal(row, medians);
  return [
    { ...line, peers: compared.join("; "), ...(reached && { ofTarget: seconds / reached, key: seconds / reached }) },
  ];
}

function goal({ target }: Row, medians: Medians): number | undefined {
  return target && "ratio" in target && medians[target.to] ? medians[target.to].seconds * target.ratio : undefined;
}

function lineOfFigure({ what, value, unit, atMost }: Figure): Line {
  return {
    what,
    here: `${value.toFixed(2)} ${unit}`,
    peers: "",
    target: `<= ${atMost} ${unit}`,
    ofTarget: value / atMost,
  };
}

function targetOf({ target }: Row): string {
  if (!target) {
    return "";
  }
  return "seconds" in target ? `<= ${target.seconds} s` : `<= ${target.ratio} x ${target.to}`;
}

/** A time as the table shows it. */
export function shown(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`;
}
