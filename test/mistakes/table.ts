import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import { projectFolder } from "../../tools/lib/paths";
import { mistakes } from "./mistakes";

const page = path.join(projectFolder, "docs/mistakes.md");
const marks = ["<!-- mistakes: made by `npm run generate` -->", "<!-- end of mistakes -->"];

/** The page with its table of mistakes as test/mistakes/mistakes.ts has them. */
export async function pageWithTable(): Promise<string> {
  const text = fs.readFileSync(page, "utf8");
  const [before, rest] = text.split(marks[0]);
  const after = rest.split(marks[1])[1];
  const rows = mistakes.map(({ title, naive, now }) => [title, naive, code(now)]);
  const table = [["mistake", "the naive program", "`pulumi preview` here"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
  const config = await prettier.resolveConfig(page);
  return prettier.format([before, marks[0], "\n\n", table, "\n\n", marks[1], after].join(""), {
    ...config,
    filepath: page,
  });
}

/** A text as code in Markdown, whatever it holds. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

if (require.main === module) {
  void pageWithTable().then((text) => fs.writeFileSync(page, text));
}
