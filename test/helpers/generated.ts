import * as assert from "assert/strict";
import * as fs from "fs";

/**
 * Checks that a committed file has the content that is generated for it. Where UPDATE_GENERATED is set, as `npm run generate`
 * and `npm run golden` do, it writes the file first.
 */
export function assertGenerated(file: string, content: string): void {
  if (process.env.UPDATE_GENERATED) {
    fs.writeFileSync(file, content);
  }
  const committed = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const command = file.endsWith(".yaml") ? "npm run golden" : "npm run generate";
  assert.equal(content, committed, `${file} differs; if that is intended, run \`${command}\``);
}
