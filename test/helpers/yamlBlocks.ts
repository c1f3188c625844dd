import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { projectFolder } from "../../tools/lib/paths";

/** The YAML code blocks of a page, parsed, in order. */
export function yamlBlocks(page: string): Record<string, unknown>[] {
  const text = fs.readFileSync(path.join(projectFolder, page), "utf8");
  const blocks = [...text.matchAll(/^( *)```yaml\n(.*?)^ *```$/gms)];
  return blocks.map(([, indent, block]) => {
    const lines = block.split("\n").map((line) => line.slice(indent.length));
    return yaml.parse(lines.join("\n")) as Record<string, unknown>;
  });
}
