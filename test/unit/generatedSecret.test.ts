import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { generatedSecret, secretChecksum } from "../../components/generatedSecret";
import { promiseOf } from "../../tools/lib/program";
import { find, names, passwordOf, runProgram } from "../helpers/program";

/** The checksum as a plain string. */
function checksum(content: Record<string, pulumi.Input<string>>): Promise<string> {
  return promiseOf(secretChecksum(content));
}

describe("The checksum of a Secret's content", () => {
  it("is the same for the same content in any order of keys", async () => {
    const contents = fc.dictionary(fc.string(), fc.string());
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const reversed = Object.fromEntries(Object.entries(content).reverse());
        assert.equal(await checksum(reversed), await checksum(content));
      }),
    );
  });

  it("stays the same across versions of the program", async () => {
    // Computing it differently would restart the pods of every stack.
    assert.equal(
      await checksum({ password: "s3cret" }),
      "12f8988f8651246399cae1b5f16354838f0c57150ea34c0b4e8b7eb92ee875c2",
    );
  });

  const otherContents: [title: string, content: Record<string, string>][] = [
    ["a value", { user: "ann", password: "other" }],
    ["a key", { user: "ann", passwd: "s3cret" }],
    ["swapped values", { user: "s3cret", password: "ann" }],
  ];
  for (const [title, content] of otherContents) {
    it(`differs for ${title}`, async () => {
      assert.notEqual(await checksum(content), await checksum({ user: "ann", password: "s3cret" }));
    });
  }

  it("is not a secret, although the content is, because pods carry it", async () => {
    const output = secretChecksum({ password: pulumi.secret("s3cret") });
    assert.equal(await pulumi.isSecret(output), false);
    assert.equal(await promiseOf(output), await checksum({ password: "s3cret" }));
  });
});

describe("A generated Secret", () => {
  const make = (rotation?: string, protect = false) =>
    runProgram(() => {
      const random = { password: { length: 32, rotation }, other: { length: 16 } };
      const secret = generatedSecret(
        { name: "shop-auth", namespace: "shop", random, values: { URL: pulumi.secret("https://ann:s3cret@db") } },
        { protect },
      );
      return { name: secret.name, password: secret.random.password, checksum: secret.checksum };
    });
  const password = "RandomPassword shop-auth-password";

  it("consists of a password for each random key, named after the Secret and the key, and the Secret", async () => {
    const run = await make();
    assert.deepEqual(names(run.registrations), [password, "RandomPassword shop-auth-other", "Secret shop-auth"].sort());
    assert.deepEqual(find(run, "RandomPassword shop-auth-other").inputs, { length: 16, special: false });
    const { inputs, secretPaths } = find(run, "Secret shop-auth");
    assert.deepEqual(inputs.metadata, { name: "shop-auth", namespace: "shop" });
    assert.deepEqual(inputs.stringData, {
      password: passwordOf("shop-auth-password"),
      other: passwordOf("shop-auth-other"),
      URL: "https://ann:s3cret@db",
    });
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("has secret values, even if the provider does not mark them, and a public checksum of all of them", async () => {
    const { outputs } = await make();
    assert.deepEqual(outputs.password, { value: passwordOf("shop-auth-password"), secret: true });
    assert.equal(outputs.checksum.secret, false);
    const { stringData } = find(await make(), "Secret shop-auth").inputs as { stringData: Record<string, string> };
    assert.equal(outputs.checksum.value, await checksum(stringData));
  });

  it("keeps a value's inputs, and so the value, without a rotation", async () => {
    const { inputs, protect } = find(await make(undefined, true), password);
    assert.deepEqual(inputs, { length: 32, special: false });
    assert.equal(protect, true);
  });

  it("replaces a value on rotation, so its resource is not protected, and records the rotation on the Secret", async () => {
    const run = await make("2026-11-24", true);
    const { inputs, protect } = find(run, password);
    assert.deepEqual(inputs, { length: 32, special: false, keepers: { rotation: "2026-11-24" } });
    assert.equal(protect, false);
    const secret = find(run, "Secret shop-auth");
    assert.equal(secret.protect, true);
    assert.deepEqual(secret.inputs.metadata, {
      name: "shop-auth",
      namespace: "shop",
      annotations: { "rotation.flask-app/password": "2026-11-24" },
    });
  });
});
