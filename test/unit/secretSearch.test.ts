import assert from "node:assert/strict";
import fc from "fast-check";
import { formsOf, shownIn } from "../helpers/secretSearch";

describe("The search for secrets in the tests of the sandbox", () => {
  const longEnough = fc.string({ minLength: 16, maxLength: 40, unit: "grapheme-ascii" });

  it("finds a secret as it is, percent-encoded, in base64, and in the base64 of what holds it", () => {
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

  it("finds no secret where there is another one", () => {
    const secrets = [{ name: "it", forms: formsOf("0123456789abcdef0123456789abcdef") }];
    const other = "0123456789abcdef0123456789abcdeg";
    assert.deepEqual(shownIn(other + Buffer.from(`x${other}`).toString("base64"), secrets), []);
  });
});
