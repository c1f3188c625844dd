import * as fs from "fs";
import * as path from "path";
import { Result, shown } from "./results";

const width = { label: 330, bars: 420, value: 90 };
const height = { title: 26, bar: 18 };

/** Draws the medians as bars. The bars of one row have one scale; this project's is darker. */
export function writeChart(results: Result[]): void {
  const parts: string[] = [];
  let y = 10;
  for (const { row, medians } of results) {
    if (!medians) {
      continue;
    }
    parts.push(text(10, y + 16, row.what, "bold"));
    y += height.title;
    const subjects = Object.entries(medians);
    const longest = Math.max(...subjects.map(([, { seconds }]) => seconds));
    subjects.forEach(([label, { seconds }], index) => {
      const length = Math.max(1, (seconds / longest) * width.bars);
      parts.push(
        text(20, y + 13, label),
        `<rect x="${width.label}" y="${y + 2}" width="${length.toFixed(1)}" height="${height.bar - 4}" fill="${index === 0 ? "#2457a6" : "#a9c1e8"}"/>`,
        text(width.label + length + 6, y + 13, shown(seconds)),
      );
      y += height.bar;
    });
    y += 8;
  }
  const total = width.label + width.bars + width.value;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="${y}" viewBox="0 0 ${total} ${y}" font-family="sans-serif" font-size="12">`,
    `<rect width="${total}" height="${y}" fill="white"/>`,
    ...parts,
    "</svg>",
    "",
  ];
  fs.writeFileSync(path.join(__dirname, "results.svg"), svg.join("\n"));
}

function text(x: number, y: number, content: string, weight = "normal"): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}">${escaped}</text>`;
}
