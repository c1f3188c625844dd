import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import { Line, linesOf, recorded, Result } from "./results";
import { Row } from "./row";

const readme = path.join(__dirname, "README.md");
const marker = { begin: "<!-- table: made by `npm run bench` -->", end: "<!-- end of the table -->" };

/** What was recorded of some rows, as results. */
export function recordedResults(rows: Row[]): Result[] {
  const all = recorded();
  return rows.map((row) => ({ row, ...(all[row.name] ?? { notMeasured: "no run of it is recorded" }) }));
}

/** Lines as a Markdown table. */
export function markdownTable(lines: Line[]): string {
  const cells = lines.map(({ what, here, peers, target, ofTarget }) => [
    what,
    here,
    peers,
    target,
    ofTarget === undefined ? "" : ofTarget <= 1 ? "met" : `missed: ${ofTarget.toFixed(2)} x of it`,
  ]);
  const all = [["what", "here", "compared with", "target", ""], ["---", "---", "---", "---", "---"], ...cells];
  return all.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** What was measured now beside what was recorded, each in relation to its target. */
export function comparison(results: Result[]): string {
  const before = new Map(
    recordedResults(results.map(({ row }) => row))
      .flatMap(linesOf)
      .map((line) => [line.what, line]),
  );
  return results
    .flatMap(linesOf)
    .map((line) => {
      const old = before.get(line.what)?.ofTarget;
      const change = old && line.ofTarget ? `; recorded: ${old.toFixed(2)} x of its target` : "";
      const now = line.ofTarget ? ` (${line.ofTarget.toFixed(2)} x of its target${change})` : "";
      return `${line.what}: ${line.here}${now}${line.peers && `\n    ${line.peers}`}`;
    })
    .join("\n");
}

/** Writes the recorded table into bench/README.md, between its markers. */
export async function writeTable(rows: Row[], machine: string): Promise<void> {
  const text = fs.readFileSync(readme, "utf8");
  const begin = text.indexOf(marker.begin) + marker.begin.length;
  const end = text.indexOf(marker.end);
  const table = markdownTable(recordedResults(rows).flatMap(linesOf));
  const written = `${text.slice(0, begin)}\n\nMeasured on ${machine}.\n\n${table}\n\n${text.slice(end)}`;
  const style = await prettier.resolveConfig(readme);
  fs.writeFileSync(readme, await prettier.format(written, { ...style, filepath: readme }));
}
