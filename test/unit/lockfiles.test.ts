import assert from "node:assert/strict";
import * as fs from "fs";
import * as path from "path";
import packageJson from "../../package.json";
import { projectFolder, toolsModule } from "../../tools/lib/paths";

interface LockedPackage {
  resolved?: string;
  integrity?: string;
  link?: boolean;
}

const registry = "https://registry.npmjs.org/";

describe("The lockfiles", () => {
  it("name every npm package by its hash, and from the public registry", () => {
    const lock = JSON.parse(fs.readFileSync(path.join(projectFolder, "package-lock.json"), "utf8")) as {
      packages: Record<string, LockedPackage>;
    };
    const { "": project, ...packages } = lock.packages;
    assert.ok(project && Object.keys(packages).length > 100);
    // A package in another's tarball is under the hash of that.
    const loose = Object.entries(packages).filter(
      ([, { resolved, integrity, link, ...more }]) =>
        !("inBundle" in more) &&
        (link || !/^sha512-/.test(integrity ?? "") || !(resolved ?? registry).startsWith(registry)),
    );
    assert.deepEqual(loose, []);
  });

  it("are of the versions that package.json names, each exact", () => {
    for (const [name, version] of Object.entries({ ...packageJson.dependencies, ...packageJson.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    }
  });

  it("name every module that the sandbox's tools are built of by its hash", () => {
    const read = (file: string) => fs.readFileSync(path.join(toolsModule, file), "utf8");
    const sums = new Set(
      [...read("go.sum").matchAll(/^(\S+) (v\S+) h1:\S+$/gm)].map(([, name, of]) => `${name} ${of}`),
    );
    const required = [...read("go.mod").matchAll(/^\t(\S+) (v\S+)( \/\/ indirect)?$/gm)].map(
      ([, name, of]) => `${name} ${of}`,
    );
    assert.ok(required.length > 50);
    assert.deepEqual(
      required.filter((module) => !sums.has(module)),
      [],
    );
  });
});
