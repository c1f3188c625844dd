import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import * as yaml from "yaml";
import { projectFolder } from "../lib/paths";
import { StackFileConfig } from "../lib/stackFiles";

/** A mistake that people make: an entry of mistakes.yaml, which describes the keys. */
export interface Mistake {
  title: string;
  stack?: string;
  set?: Record<string, unknown>;
  remove?: string;
  edit?: { file: string; from: string; to: string };
  naive: string;
  now: string;
}

/** The mistakes in the table of docs/mistakes.md. */
export const mistakes = yaml.parse(fs.readFileSync(path.join(__dirname, "mistakes.yaml"), "utf8")) as Mistake[];

/** Makes a mistake in the config of its stack. */
export function applyToConfig({ set = {}, remove }: Mistake, config: StackFileConfig): void {
  for (const [name, value] of Object.entries(set)) {
    const keys = `flask-app:${name}`.split(".");
    const parent = keys.slice(0, -1).reduce((object, key) => (object[key] ??= {}) as StackFileConfig, config);
    parent[keys.at(-1)!] = value;
  }
  if (remove) {
    delete config[`flask-app:${remove}`];
  }
}

/**
 * Makes a mistake in a copy of the chart.
 *
 * @throws {Error} If the file does not contain the text to replace.
 */
export function applyToChart({ edit }: Mistake, chart: string): void {
  if (edit) {
    const file = path.join(chart, edit.file);
    const text = fs.readFileSync(file, "utf8");
    if (!text.includes(edit.from)) {
      throw new Error(`${edit.file} does not contain ${JSON.stringify(edit.from)}`);
    }
    fs.writeFileSync(file, text.replace(edit.from, edit.to));
  }
}

const page = path.join(projectFolder, "docs/mistakes.md");
const marks = ["<!-- mistakes: made by `npm run generate` -->", "<!-- end of mistakes -->"];

/** docs/mistakes.md with the table of all mistakes between its markers. */
export async function mistakesPage(): Promise<string> {
  const [before, rest] = fs.readFileSync(page, "utf8").split(marks[0]);
  const after = rest.split(marks[1])[1];
  const rows = mistakes.map(({ title, naive, now }) => [title, naive, code(now)]);
  const table = [["mistake", "the naive program", "`pulumi preview` here"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
  const style = await prettier.resolveConfig(page);
  return prettier.format(`${before}${marks[0]}\n\n${table}\n\n${marks[1]}${after}`, { ...style, filepath: page });
}

/** A text as inline code in Markdown. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

if (require.main === module) {
  void mistakesPage().then((text) => fs.writeFileSync(page, text));
}
