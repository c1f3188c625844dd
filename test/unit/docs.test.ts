import assert from "node:assert/strict";
import * as fs from "fs";
import * as path from "path";
import { scripts } from "../../package.json";
import { projectFolder } from "../../tools/lib/paths";

const pages = ["README.md", "chart/README.md", "example/README.md", "tools/bench/README.md"].concat(
  fs
    .readdirSync(path.join(projectFolder, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

for (const page of pages) {
  const file = path.join(projectFolder, page);
  const text = fs.readFileSync(file, "utf8");

  describe(page, () => {
    it("links to files and headings that exist", () => {
      const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
      const broken = links
        .filter((link) => !/^(https?|mailto):/.test(link))
        .filter((link) => !leadsSomewhere(file, link));
      assert.deepEqual(broken, []);
    });

    it("names npm scripts that exist", () => {
      const names = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
      assert.deepEqual(
        names.filter((name) => !(name in scripts)),
        [],
      );
    });

    // Apart from what commands write (dist/) and the guide's own files (scripts/, values-….yaml).
    it("names files and folders that exist", () => {
      const spans = [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map(([, span]) => span);
      const paths = spans.filter((span) =>
        /^(?!dist\/|scripts\/|values-|\.)[\w.-]+(\/[\w.-]+)*(\/|\.(ts|yaml|json|md|tpl|mod|sh|py))$/.test(span),
      );
      const folders = [projectFolder, path.dirname(file), path.join(projectFolder, ".github/workflows")];
      assert.deepEqual(
        paths.filter((name) => !folders.some((folder) => fs.existsSync(path.join(folder, name)))),
        [],
      );
    });
  });
}

describe("README.md", () => {
  const text = fs.readFileSync(path.join(projectFolder, "README.md"), "utf8");

  it("has at most 180 lines", () => {
    assert.ok(text.trimEnd().split("\n").length <= 180);
  });
});

/** Whether a relative link leads to a file and, if it has an anchor, to a heading in it. */
function leadsSomewhere(page: string, link: string): boolean {
  const [target, anchor] = link.split("#");
  const file = target === "" ? page : path.join(path.dirname(page), target);
  return fs.existsSync(file) && (anchor === undefined || anchors(fs.readFileSync(file, "utf8")).includes(anchor));
}

/** The anchors that GitHub gives the headings of a page. */
function anchors(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(page: string): string {
  return page.replace(/^```.*?^```/gms, "");
}
