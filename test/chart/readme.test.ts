import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { appChart, defaultValues } from "../helpers/helm";
import { pinnedKubernetes, strictSchemas } from "../helpers/kubernetesDefinitions";
import { schemaLeaves, valueAt } from "./valuesSchema";

describe("the tables in the chart's README", function () {
  this.timeout(60_000);

  it("show the type of every value by its default", () => {
    for (const [path, { type, enum: texts }] of schemaLeaves()) {
      const value = valueAt(defaultValues, path);
      if (value !== undefined) {
        assert.equal(typeOf(value), texts ? "string" : type, path);
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
        const row = value.replace(/^healthCheck\.\w+/, "healthCheck.\\*");
        const [, name] = new RegExp(`^\\| \`${row}(?:\\..*)?\` .*\\((\\w+)\\)`, "m").exec(table) ?? [];
        assert.ok(types.has(name), `${value}: ${name}`);
      }
    }
  });
});

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value === "number" ? "integer" : typeof value;
}
