import { styleText } from "util";
import { ObjectChange } from "../../components/changes/objectChanges";
import { summarize } from "../../components/changes/summary";

/** What a comparison found. */
export interface Difference {
  changes: ObjectChange[];
  /** Lines to print below the summary. */
  notes: string[];
}

/**
 * A report for a terminal: a patch for each object, then the summary and the notes.
 *
 * @param color Whether to color the patches.
 */
export function terminalReport({ changes, notes }: Difference, color: boolean): string {
  const patches = changes.map(({ patch }) => (color ? patch.split("\n").map(colorLine).join("\n") : patch));
  return [...patches, summarize(changes), ...notes].join("\n");
}

/** Limit of a report in bytes: three of them fit into a comment on GitHub, whose limit is 65536 characters. */
const longestReport = 20_000;

/**
 * A report for a pull request: the summary and the notes, and a folded patch for each object. Patches that do not fit are left out and
 * counted.
 */
export function markdownReport(title: string, { changes, notes }: Difference): string {
  let report = `### ${title}\n\n${[summarize(changes), ...notes].join("\n\n")}\n`;
  let leftOut = 0;
  for (const { object, change, impacts: effects = [], patch } of changes) {
    const label = [`<code>${object}</code> ${change}`, ...effects].join(", ");
    // Four backticks, because a manifest may contain a fence of three.
    const section = `\n<details><summary>${label}</summary>\n\n\`\`\`\`diff\n${patch}\`\`\`\`\n\n</details>\n`;
    if (Buffer.byteLength(report + section) > longestReport) {
      leftOut += 1;
    } else {
      report += section;
    }
  }
  return leftOut > 0
    ? `${report}\n${leftOut} patches are too long for a comment: run the command to see them.\n`
    : report;
}

const styles = [
  { lines: /^(---|\+\+\+) /, style: "bold" },
  { lines: /^\+/, style: "green" },
  { lines: /^-/, style: "red" },
  { lines: /^@@/, style: "cyan" },
] as const;

function colorLine(line: string): string {
  const style = styles.find(({ lines }) => lines.test(line))?.style;
  // The caller decides whether to color: styleText need not look at the terminal.
  return style ? styleText(style, line, { validateStream: false }) : line;
}
