import assert from "node:assert/strict";
import * as fs from "fs";
import * as path from "path";
import packageJson from "../../package.json";
import { projectFolder } from "../../tools/lib/paths";

interface LockedPackage {
  resolved?: string;
  integrity?: string;
  link?: boolean;
}

const registry = "https://registry.npmjs.org/";

describe("package-lock.json", () => {
  it("pins every npm package by its hash, from the public registry", () => {
    const lock = JSON.parse(fs.readFileSync(path.join(projectFolder, "package-lock.json"), "utf8")) as {
      packages: Record<string, LockedPackage>;
    };
    const { "": project, ...packages } = lock.packages;
    assert.ok(project && Object.keys(packages).length > 100);
    // A package bundled in another one is covered by the hash of that one.
    const loose = Object.entries(packages).filter(
      ([, { resolved, integrity, link, ...more }]) =>
        !("inBundle" in more) &&
        (link || !/^sha512-/.test(integrity ?? "") || !(resolved ?? registry).startsWith(registry)),
    );
    assert.deepEqual(loose, []);
  });

  it("belongs to a package.json with exact versions", () => {
    for (const [name, version] of Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    }
  });
});
