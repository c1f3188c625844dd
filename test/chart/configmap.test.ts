import * as assert from "assert/strict";
import { render, Values } from "../helpers/helm";

async function data(values: Values): Promise<Record<string, string> | undefined> {
  return (await render(values)).one("ConfigMap").data;
}

describe("the chart's ConfigMap", function () {
  this.timeout(60_000);

  it("holds what Flask and the app read of their environment", async () => {
    assert.deepEqual(await data({}), {
      APP_NAME: "shop-flask-app",
      FLASK_ENV: "production",
      FLASK_DEBUG: "false",
      LOG_LEVEL: "INFO",
    });
  });

  it("follows the flask values", async () => {
    assert.deepEqual(
      await data({ flask: { appName: "Shop", env: "development", debug: true, logLevel: "CRITICAL" } }),
      { APP_NAME: "Shop", FLASK_ENV: "development", FLASK_DEBUG: "true", LOG_LEVEL: "CRITICAL" },
    );
  });

  it("describes the model, if there is one", async () => {
    assert.deepEqual(await data({ mlModel: { enabled: true, modelPath: "/models/v2.onnx", modelType: "onnx" } }), {
      ...(await data({})),
      MODEL_PATH: "/models/v2.onnx",
      MODEL_VERSION: "1.0.0",
      MODEL_TYPE: "onnx",
      BATCH_SIZE: "32",
    });
  });

  for (const text of [
    "true",
    "1.10",
    "null",
    'a "quoted" name',
    "back\\slash",
    "two\nlines",
    "# no comment",
    "{a: b}",
  ]) {
    it(`keeps ${JSON.stringify(text)} as it is`, async () => {
      const model = { enabled: true, modelVersion: text, modelType: text };
      const found = await data({ flask: { appName: text, env: text }, mlModel: model });
      assert.deepEqual(
        [found?.APP_NAME, found?.FLASK_ENV, found?.MODEL_VERSION, found?.MODEL_TYPE],
        [text, text, text, text],
      );
    });
  }
});
