import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { randomSecretValue, rotationAnnotations, secretChecksum } from "../../components/generatedSecret";
import { find, passwordOf, runProgram, valueOf } from "../helpers/program";

describe("The checksum of a Secret's content", () => {
  const checksum = (content: Record<string, pulumi.Input<string>>) => valueOf(secretChecksum(content));

  it("is the same for the same content in any order of keys", async () => {
    const contents = fc.dictionary(fc.string(), fc.string());
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const reversed = Object.fromEntries(Object.entries(content).reverse());
        assert.equal(await checksum(reversed), await checksum(content));
      }),
    );
  });

  it("stays what it was in the program's last version", async () => {
    // A new way to compute it would restart the pods of every stack.
    assert.equal(
      await checksum({ password: "s3cret" }),
      "12f8988f8651246399cae1b5f16354838f0c57150ea34c0b4e8b7eb92ee875c2",
    );
  });

  const otherContents: [title: string, content: Record<string, string>][] = [
    ["a value", { user: "ann", password: "other" }],
    ["a key", { user: "ann", passwd: "s3cret" }],
    ["values that change places", { user: "s3cret", password: "ann" }],
  ];
  for (const [title, content] of otherContents) {
    it(`differs for ${title}`, async () => {
      assert.notEqual(await checksum(content), await checksum({ user: "ann", password: "s3cret" }));
    });
  }

  it("is no secret, though the content is: pods carry it", async () => {
    const output = secretChecksum({ password: pulumi.secret("s3cret") });
    assert.equal(await pulumi.isSecret(output), false);
    assert.equal(await valueOf(output), await checksum({ password: "s3cret" }));
  });
});

describe("A random value of a Secret", () => {
  const make = (rotation?: string, protect = false) =>
    runProgram(() => ({ value: randomSecretValue("shop-auth", "password", 32, rotation, { protect }) }));

  it("is named after the Secret and the key that hold it", async () => {
    const run = await make();
    assert.deepEqual(
      run.registrations.map(({ resource }) => resource),
      ["RandomPassword shop-auth-password"],
    );
  });

  it("is letters and digits, as many as asked for", async () => {
    const { inputs } = find(await make(), "RandomPassword shop-auth-password");
    assert.deepEqual(inputs, { length: 32, special: false });
  });

  it("is a secret, also where the provider does not say so", async () => {
    const { outputs } = await make();
    assert.deepEqual(outputs.value, { value: passwordOf("shop-auth-password"), secret: true });
  });

  it("keeps its inputs where no rotation is configured, and so its value", async () => {
    const { inputs, protect } = find(await make(undefined, true), "RandomPassword shop-auth-password");
    assert.deepEqual(inputs, { length: 32, special: false });
    assert.equal(protect, true);
  });

  it("is made anew for each other rotation, so that it is not protected", async () => {
    const { inputs, protect } = find(await make("2026-11-24", true), "RandomPassword shop-auth-password");
    assert.deepEqual(inputs, { length: 32, special: false, keepers: { rotation: "2026-11-24" } });
    assert.equal(protect, false);
  });
});

describe("The annotations of a Secret", () => {
  it("tell the rotation of each of its values that has one, and are none otherwise", () => {
    assert.deepEqual(rotationAnnotations({ password: "2026-11-24", other: undefined }), {
      annotations: { "rotation.flask-app/password": "2026-11-24" },
    });
    assert.equal(rotationAnnotations({ password: undefined }), undefined);
  });
});
