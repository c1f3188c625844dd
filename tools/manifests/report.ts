import { styleText } from "util";
import { ObjectChange } from "./changes";
import { Impact } from "./impact";

const impacts: Impact[] = ["restarts pods", "replaces", "touches data"];

/** One line that says how many objects change, and what that does. */
export function summarize(changes: ObjectChange[]): string {
  const counts = (["changed", "added", "removed"] as const)
    .map((kind) => [changes.filter(({ change }) => change === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`);
  const effects = impacts.map((impact) => {
    const objects = changes.filter((change) => change.impacts.includes(impact)).map(({ object }) => object);
    return `${impact}: ${objects.join(", ") || "none"}`;
  });
  return counts.length === 0 ? "No manifest changes." : `${counts.join(", ")}; ${effects.join("; ")}.`;
}

/**
 * Changes as a terminal shows them: a patch for each object, then the summary.
 *
 * @param color Whether to color the patches.
 */
export function terminalReport(changes: ObjectChange[], color: boolean): string {
  const patches = changes.map(({ patch }) => (color ? patch.split("\n").map(colorLine).join("\n") : patch));
  return [...patches, summarize(changes)].join("\n");
}

/** Longest report in bytes: those of three stacks fit into one comment of GitHub's, which takes 65536 characters. */
const longestReport = 20_000;

/**
 * Changes as a comment on a pull request: the summary, and a patch for each object to unfold. Patches that do not fit
 * into a comment are left out, and counted.
 */
export function markdownReport(title: string, changes: ObjectChange[]): string {
  let report = `### ${title}\n\n${summarize(changes)}\n`;
  let leftOut = 0;
  for (const { object, change, impacts: effects, patch } of changes) {
    const label = [`<code>${object}</code> ${change}`, ...effects].join(", ");
    // A manifest may hold a fence of its own.
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

function colorLine(line: string): string {
  if (/^(---|\+\+\+) /.test(line)) {
    return paint("bold", line);
  }
  const color = line.startsWith("+")
    ? "green"
    : line.startsWith("-")
      ? "red"
      : line.startsWith("@@")
        ? "cyan"
        : undefined;
  return color ? paint(color, line) : line;
}

/** Whether to color is decided before; the style itself looks at no terminal. */
function paint(style: "bold" | "green" | "red" | "cyan", line: string): string {
  return styleText(style, line, { validateStream: false });
}
