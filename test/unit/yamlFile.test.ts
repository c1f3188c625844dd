import assert from "node:assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { readYaml } from "../../components/config/yamlFile";

describe("A YAML file that is not valid", () => {
  it("is located by line and column, and no part of it is shown", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-yaml-"));
    const file = path.join(folder, "Pulumi.dev.yaml");
    fs.writeFileSync(file, "config:\n  password: hunter22\n : [\n");
    try {
      assert.throws(
        () => readYaml(file),
        ({ message }: Error) => /^.+ \(3:2\)$/.test(message) && !message.includes("hunter22"),
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
