import * as path from "path";
import { compileFromFile } from "json-schema-to-typescript";
import { projectFolder } from "../../tools/lib/paths";
import { assertGenerated } from "../helpers/generated";

const folder = path.join(projectFolder, "components/config");

describe("components/config/config.generated.ts", () => {
  it("has the types of config.schema.json", async () => {
    const types = await compileFromFile(path.join(folder, "config.schema.json"), {
      cwd: folder,
      unreachableDefinitions: true,
      bannerComment: '/* Made from config.schema.json by "npm run generate". */',
    });
    assertGenerated(path.join(folder, "config.generated.ts"), types);
  });
});
