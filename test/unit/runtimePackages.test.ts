import assert from "node:assert/strict";
import * as fs from "fs";
import { isBuiltin } from "module";
import * as path from "path";
import packageJson from "../../package.json";
import { projectFolder } from "../../tools/lib/paths";

describe("the packages that a deployment installs", () => {
  // The workflows that run Pulumi install with --omit=dev.
  it("contain all that the program imports", () => {
    const components = fs.readdirSync(path.join(projectFolder, "components"), { recursive: true, encoding: "utf8" });
    const files = ["index.ts", ...components.map((file) => `components/${file}`)].filter((file) => /\.ts$/.test(file));
    const missing = files.flatMap((file) => {
      const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
      const imports = [...text.matchAll(/\b(?:import|from|import\(|require\()\s*"([^"]+)"/g)].map(([, name]) => name);
      return imports
        .filter((name) => !name.startsWith(".") && !isBuiltin(name))
        .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"))
        .filter((name) => !(name in packageJson.dependencies))
        .map((name) => `${name} in ${file}`);
    });
    assert.deepEqual(missing, []);
  });
});
