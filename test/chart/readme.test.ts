import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { appChart, defaultValues, inTemporaryFolder } from "../helpers/helm";
import { pinnedKubernetes, strictSchemas } from "../../tools/generate/kubernetesDefinitions";
import { schemaLeaves, valueAt } from "./valuesSchema";

describe("the tables in the chart's README", function () {
  this.timeout(60_000);

  it("are what `npm run generate` writes, with each value of values.yaml once", async () => {
    await inTemporaryFolder(async (folder) => {
      const readme = path.join(appChart, "README.md");
      const copy = path.join(folder, "README.md");
      fs.copyFileSync(readme, copy);
      // It fails when a value has no comment, or a comment no value.
      await execa("readme-generator", ["-v", path.join(appChart, "values.yaml"), "-r", copy], { preferLocal: true });
      assert.equal(fs.readFileSync(readme, "utf8"), fs.readFileSync(copy, "utf8"));
    });
  });

  it("show the type of every value by its default", () => {
    for (const [path, { type, enum: texts }] of schemaLeaves()) {
      if (path !== "global") {
        assert.equal(typeOf(valueAt(defaultValues, path)), texts ? "string" : type, path);
      }
    }
  });

  it("name the Kubernetes type of values that hold Kubernetes objects", async () => {
    const table = fs.readFileSync(path.join(appChart, "README.md"), "utf8");
    const { definitions } = await strictSchemas(pinnedKubernetes);
    const types = new Set(Object.keys(definitions).map((name) => name.split(".").at(-1)!));
    for (const [value, part] of schemaLeaves()) {
      const { type, properties, patternProperties } = part.items ?? part;
      const anyObject = ["global", "extraManifests"].includes(value);
      if (type === "object" && !properties && !patternProperties && !anyObject) {
        const [, name] = new RegExp(`^\\| \`${value}(?:\\..*)?\` .*\\((\\w+)\\)`, "m").exec(table) ?? [];
        assert.ok(types.has(name), `${value}: ${name}`);
      }
    }
  });
});

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value === "number" ? "integer" : typeof value;
}
