import * as fs from "fs";
import * as prettier from "prettier";

/** A table in Markdown. The first row is its header. */
export function markdownTable([header, ...rows]: string[][]): string {
  return [header, header.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/**
 * A page with everything between its markers written again. They are `<!-- KIND -->` or `<!-- KIND ARGUMENT… -->`, and
 * `<!-- end -->`.
 *
 * @param write Returns what to write between the markers, by their kind.
 */
export async function pageText(file: string, write: Record<string, (...args: string[]) => string>): Promise<string> {
  const text = fs
    .readFileSync(file, "utf8")
    .replace(/(<!-- (\w+)( [^>]+)? -->).*?(<!-- end -->)/gs, (_, begin: string, kind: string, args = "", end: string) =>
      [begin, write[kind](...String(args).trim().split(" ")), end].join("\n\n"),
    );
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}
