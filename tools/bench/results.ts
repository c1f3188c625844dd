import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { markdownTable, pageText } from "../lib/markdown";
import { Medians, Row } from "./measure";

/** Medians by the name of the row, and the machine that they were measured on. */
export type Results = Record<string, { machine: string; medians: Medians }>;

const file = path.join(__dirname, "recorded.json");
const page = path.join(__dirname, "README.md");

/** What affects the figures of this machine. */
export function machine(): string {
  const cores = os.cpus();
  const gibibytes = Math.round(os.totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0].model.trim()}), ${gibibytes} GiB, ${os.type()} ${os.release()}, Node ${process.version}`;
}

/** Writes results into recorded.json and the page. Those of other rows stay. */
export async function record(measured: Results, rows: Row[]): Promise<void> {
  const all = { ...(JSON.parse(fs.readFileSync(file, "utf8")) as Results), ...measured };
  fs.writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
  const results = () => `${resultsTable(all, rows)}\n\n${picture(all, rows)}`;
  fs.writeFileSync(page, await pageText(page, { results }));
}

/** A table of the rows that have results, with the machines that they are from. */
export function resultsTable(results: Results, rows: Row[]): string {
  const machines = new Set(Object.values(results).map((result) => result.machine));
  const header = ["what", "here", "compared with", "target", ""];
  const lines = rows.filter(({ name }) => results[name]).map((row) => cells(row, results[row.name].medians));
  return `Measured on ${[...machines].join("; ")}.\n\n${markdownTable([header, ...lines])}`;
}

function cells({ what, unit, target = {} }: Row, medians: Medians): string[] {
  const [[, ours], ...peers] = Object.entries(medians);
  const compared = peers.map(([label, peer]) => `${shown(peer, unit)} ${label} (${(ours / peer).toFixed(2)} x)`);
  const { value, ofSecond } = target;
  const limits = [
    ...(value === undefined ? [] : [{ text: `<= ${shown(value, unit).replace(/\.0+ /, " ")}`, limit: value }]),
    ...(ofSecond === undefined ? [] : [{ text: `<= ${ofSecond} x`, limit: ofSecond * peers[0][1] }]),
  ];
  const missed = limits
    .filter(({ limit }) => ours > limit)
    .map(({ limit }) => `${(ours / limit).toFixed(2)} x the target`);
  const verdict = missed.length > 0 ? `missed: ${missed.join(", ")}` : limits.length > 0 ? "met" : "";
  return [what, shown(ours, unit), compared.join("; "), limits.map(({ text }) => text).join(", "), verdict];
}

/** A value, as the table shows it. */
function shown(value: number, unit = "s"): string {
  return unit === "s" && value < 1 ? `${(value * 1000).toPrecision(3)} ms` : `${value.toFixed(2)} ${unit}`;
}

/** A chart, in the syntax of Mermaid, of how many times longer each row's first subject takes than its second one. */
function picture(results: Results, rows: Row[]): string {
  const ratios = rows.flatMap(({ name }) => {
    const [ours, second] = Object.values(results[name]?.medians ?? {});
    return second === undefined ? [] : [{ name, ratio: ours / second }];
  });
  return [
    "```mermaid",
    "xychart-beta horizontal",
    '  title "This project, as a multiple of the first program it is compared with"',
    `  x-axis [${ratios.map(({ name }) => `"${name}"`).join(", ")}]`,
    `  y-axis 0 --> ${Math.ceil(Math.max(...ratios.map(({ ratio }) => ratio)))}`,
    `  bar [${ratios.map(({ ratio }) => ratio.toFixed(2)).join(", ")}]`,
    `  line [${ratios.map(() => 1).join(", ")}]`,
    "```",
  ].join("\n");
}
