import * as assert from "assert/strict";
import { decodeBase64, Manifests, render } from "../helpers/helm";
import { everySection } from "./sections";

describe("the chart's Secret", function () {
  this.timeout(60_000);

  it("holds SECRET_KEY, and no URL of a database that is not enabled", async () => {
    const secret = (await render({ flask: { secretKey: "s3cr3t: é" } })).one("Secret");
    assert.equal(secret.type, "Opaque");
    assert.deepEqual(content(secret.data), { SECRET_KEY: "s3cr3t: é" });
  });

  it("holds DATABASE_URL and REDIS_URL of the databases that are enabled", async () => {
    const { data } = (await render(everySection)).one("Secret");
    assert.deepEqual(content(data), {
      SECRET_KEY: "change-me-in-production",
      DATABASE_URL: "postgresql://flaskuser:@db.example.com:5432/flaskdb",
      REDIS_URL: "redis://cache.example.com:6379/0",
    });
  });

  describe("with existingSecret", () => {
    let manifests: Manifests;

    before("render", async () => {
      manifests = await render({ ...everySection, existingSecret: "shop-env" });
    });

    it("is not made", () => {
      assert.deepEqual(manifests.every("Secret"), []);
    });

    it("leaves its place in the container's environment to that one", () => {
      assert.deepEqual(manifests.container.envFrom?.[1], { secretRef: { name: "shop-env" } });
    });
  });
});

function content(data: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decodeBase64(value)]));
}
