import assert from "node:assert/strict";
import fc from "fast-check";
import { formsOf, shownIn } from "../helpers/secretSearch";

describe("The search for secrets in the sandbox tests", () => {
  const longEnough = fc.string({ minLength: 16, maxLength: 40, unit: "grapheme-ascii" });

  it("finds a secret in plain text, percent-encoded, and inside base64", () => {
    fc.assert(
      fc.property(longEnough, fc.string(), fc.string(), (secret, before, after) => {
        const secrets = [{ name: "it", forms: formsOf(secret) }];
        for (const text of [secret, encodeURIComponent(secret)]) {
          const longer = `${before}${text}${after}`;
          for (const shown of [longer, Buffer.from(longer).toString("base64")]) {
            assert.deepEqual(shownIn(shown, secrets), ["it"]);
          }
        }
      }),
    );
  });

  it("does not take another text for the secret", () => {
    const secrets = [{ name: "it", forms: formsOf("0123456789abcdef0123456789abcdef") }];
    const other = "0123456789abcdef0123456789abcdeg";
    assert.deepEqual(shownIn(other + Buffer.from(`x${other}`).toString("base64"), secrets), []);
  });
});
