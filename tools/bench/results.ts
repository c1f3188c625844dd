import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as prettier from "prettier";
import { Figure, Medians, Row } from "./row";

/** The result of a row: its medians, or why there are none. */
export interface Result {
  row: Row;
  medians?: Medians;
  notMeasured?: string;
}

/** What recorded.json holds of a row. */
type Recorded = { medians: Medians; machine: string } | { notMeasured: string };

/** A line of the table: a row, or one of its figures. */
interface Line {
  what: string;
  here: string;
  peers: string;
  target: string;
  /** This project's value divided by its target. */
  ofTarget?: number;
}

const file = path.join(__dirname, "recorded.json");
const readme = path.join(__dirname, "README.md");
const marker = { begin: "<!-- table: made by `npm run bench` -->", end: "<!-- end of the table -->" };

/** What affects the figures of this machine. */
export function machine(): string {
  const cores = os.cpus();
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0].model.trim()}), ${gibibytes} GiB, ${os.type()} ${os.release()}, Node ${process.version}`;
}

function recorded(): Record<string, Recorded> {
  return JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, Recorded>;
}

/** The recorded results of some rows. */
export function recordedResults(rows: Row[]): Result[] {
  const all = recorded();
  return rows.map((row) => ({ row, ...(all[row.name] ?? { notMeasured: "no run of it is recorded" }) }));
}

/** Records results; those of other rows stay. */
export function record(results: Result[]): void {
  const all = recorded();
  for (const { row, medians, notMeasured = "" } of results) {
    all[row.name] = medians ? { medians, machine: machine() } : { notMeasured };
  }
  fs.writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

/** The table's lines for one row. */
function linesOf({ row, medians, notMeasured }: Result): Line[] {
  if (!medians) {
    return [{ what: row.what, here: `not measured: ${notMeasured}`, peers: "", target: targetOf(row) }];
  }
  if (row.figures) {
    return row.figures(medians).map(lineOfFigure);
  }
  const [[, { seconds }], ...peers] = Object.entries(medians);
  const compared = peers.map(
    ([label, peer]) => `${shown(peer.seconds)} ${label} (${(seconds / peer.seconds).toFixed(2)} x)`,
  );
  const limit = limitOf(row, medians);
  return [
    {
      what: row.what,
      here: shown(seconds),
      peers: compared.join("; "),
      target: targetOf(row),
      ofTarget: limit && seconds / limit,
    },
  ];
}

function lineOfFigure({ what, value, unit, atMost }: Figure): Line {
  const here = `${value.toFixed(2)} ${unit}`;
  return { what, here, peers: "", target: `<= ${atMost} ${unit}`, ofTarget: value / atMost };
}

/** The seconds that a row's target allows. */
function limitOf({ target }: Row, medians: Medians): number | undefined {
  if (!target || "seconds" in target) {
    return target?.seconds;
  }
  return medians[target.to] && medians[target.to].seconds * target.ratio;
}

function targetOf({ target }: Row): string {
  if (!target) {
    return "";
  }
  return "seconds" in target ? `<= ${target.seconds} s` : `<= ${target.ratio} x ${target.to}`;
}

/** A time, as the table shows it. */
export function shown(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`;
}

/** Results as a Markdown table. With `before`, the last column compares them with those, each in relation to its target. */
export function markdownTable(results: Result[], before: Result[] = []): string {
  const earlier = new Map(before.flatMap(linesOf).map(({ what, ofTarget }) => [what, ofTarget]));
  const cells = results.flatMap(linesOf).map(({ what, here, peers, target, ofTarget }) => {
    const verdict = ofTarget === undefined ? "" : ofTarget <= 1 ? "met" : `missed: ${ofTarget.toFixed(2)} x of it`;
    const recorded = earlier.get(what);
    return [what, here, peers, target, recorded ? `${verdict} (recorded: ${recorded.toFixed(2)} x of it)` : verdict];
  });
  const all = [["what", "here", "compared with", "target", ""], ["---", "---", "---", "---", "---"], ...cells];
  return all.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Writes the recorded table into README.md, between its markers. */
export async function writeTable(rows: Row[]): Promise<void> {
  const text = fs.readFileSync(readme, "utf8");
  const before = text.slice(0, text.indexOf(marker.begin) + marker.begin.length);
  const after = text.slice(text.indexOf(marker.end));
  const written = `${before}\n\nMeasured on ${machine()}.\n\n${markdownTable(recordedResults(rows))}\n\n${after}`;
  const style = await prettier.resolveConfig(readme);
  fs.writeFileSync(readme, await prettier.format(written, { ...style, filepath: readme }));
}
