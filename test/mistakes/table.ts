import * as fs from "fs";
import * as path from "path";
import * as prettier from "prettier";
import { projectFolder } from "../../tools/lib/paths";
import { mistakes } from "./mistakes";

const readmeFile = path.join(projectFolder, "README.md");
const marks = ["<!-- mistakes: made by `npm run generate` -->", "<!-- end of mistakes -->"];

/** The README with its table of mistakes as test/mistakes/mistakes.ts has them. */
export async function readmeWithTable(): Promise<string> {
  const readme = fs.readFileSync(readmeFile, "utf8");
  const [before, rest] = readme.split(marks[0]);
  const after = rest.split(marks[1])[1];
  const rows = mistakes.map(({ title, naive, now }) => [title, naive, code(now)]);
  const table = [["mistake", "the naive program", "`pulumi preview` here"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
  const config = await prettier.resolveConfig(readmeFile);
  return prettier.format([before, marks[0], "\n\n", table, "\n\n", marks[1], after].join(""), {
    ...config,
    filepath: readmeFile,
  });
}

/** A text as code in Markdown, whatever it holds. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

if (require.main === module) {
  void readmeWithTable().then((readme) => fs.writeFileSync(readmeFile, readme));
}
