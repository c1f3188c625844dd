import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { projectFolder } from "../lib/paths";
import { markdownTable, pageText } from "../lib/markdown";

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

const page = path.join(projectFolder, "docs/mistakes.md");

/** docs/mistakes.md with the table of all mistakes between its markers. */
export function mistakesPage(): Promise<string> {
  const header = ["mistake", "the naive program", "`pulumi preview` here"];
  const rows = mistakes.map(({ title, naive, now }) => [title, naive, code(now)]);
  return pageText(page, { mistakes: () => markdownTable([header, ...rows]) });
}

/** A text as inline code in Markdown. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

if (require.main === module) {
  void mistakesPage().then((text) => fs.writeFileSync(page, text));
}
