import assert from "node:assert/strict";
import * as fs from "fs";
import { compileFromFile } from "json-schema-to-typescript";

describe("components/config/config.generated.ts", () => {
  it('is up to date with the schemas: see "npm run generate"', async () => {
    const generated = await compileFromFile("components/config/config.schema.json", {
      cwd: "components/config",
      unreachableDefinitions: true,
      bannerComment: '/* Made from config.schema.json by "npm run generate". */',
    });
    assert.equal(fs.readFileSync("components/config/config.generated.ts", "utf8"), generated);
  }).timeout(10_000);
});
