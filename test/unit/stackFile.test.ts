import * as assert from "assert/strict";
import * as fs from "fs";
import Ajv from "ajv";
import * as yaml from "yaml";
import chartSchema from "../../chart/values.schema.json";
import bitnamiSchema from "../../components/config/bitnamiValues.schema.json";
import configSchema from "../../components/config/config.schema.json";
import stackFileSchema from "../../components/config/stackFile.schema.json";
import { readStackFile, stackNames } from "../../tools/lib/stackFiles";

const schemaFile = "components/config/stackFile.schema.json";

describe(schemaFile, () => {
  // Its references are relative to its folder. An editor ignores a format that it does not know.
  const ajv = new Ajv({ allErrors: true, keywords: ["tsType"], formats: { cron: true } });
  ajv.addSchema({ ...chartSchema, $id: "http://project/chart/values.schema.json" });
  ajv.addSchema({ ...configSchema, $id: "http://project/components/config/config.schema.json" });
  ajv.addSchema({ ...bitnamiSchema, $id: "http://project/components/config/bitnamiValues.schema.json" });
  const validate = ajv.compile({ $id: "http://project/components/config/stackFile.schema.json", ...stackFileSchema });
  const faults = (config: Record<string, unknown>) => {
    const valid = validate({ config: { ...readStackFile("production").config, ...config } });
    return valid ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };

  for (const stack of stackNames()) {
    it(`is the schema that an editor uses for Pulumi.${stack}.yaml`, () => {
      const text = fs.readFileSync(`Pulumi.${stack}.yaml`, "utf8");
      assert.equal(text.split("\n")[0], `# yaml-language-server: $schema=${schemaFile}`);
      assert.equal(validate(yaml.parse(text)), true);
    });
  }

  it("contains every key of the config", () => {
    const keys = Object.keys(stackFileSchema.properties.config.properties).filter((key) =>
      key.startsWith("flask-app:"),
    );
    assert.deepEqual(
      keys,
      Object.keys(configSchema.properties).map((key) => `flask-app:${key}`),
    );
  });

  it("rejects a mistyped key of the program, and accepts the keys of others", () => {
    assert.deepEqual(faults({ "flask-app:ap": {} }), ["/config must NOT have additional properties"]);
    assert.deepEqual(faults({ "aws:region": "eu-west-1" }), []);
  });

  it("rejects an invalid value in the chart's values", () => {
    assert.match(faults({ "flask-app:app": { replicaCount: "3" } }).join(), /\/config\/flask-app:app\/replicaCount/);
  });

  it("accepts a password that Pulumi has encrypted", () => {
    const external = { host: "db.example.com", username: "ann", database: "shop", password: { secure: "v1:abc" } };
    assert.deepEqual(faults({ "flask-app:postgresql": { external } }), []);
    assert.notDeepEqual(faults({ "flask-app:postgresql": { external: { ...external, password: {} } } }), []);
  });

  it("rejects a password or a secret variable in plain text", () => {
    const external = { host: "db.example.com", username: "ann", database: "shop", password: "s3cret" };
    assert.notDeepEqual(faults({ "flask-app:postgresql": { external } }), []);
    assert.notDeepEqual(faults({ "flask-app:redis": { external: { host: "r", password: "s3cret" } } }), []);
    assert.deepEqual(faults({ "flask-app:redis": { external: { host: "r" } } }), []);
    assert.notDeepEqual(faults({ "flask-app:secretEnv": { STRIPE_KEY: "sk_live" } }), []);
    assert.deepEqual(faults({ "flask-app:secretEnv": { STRIPE_KEY: { secure: "v1:abc" } } }), []);
  });
});
