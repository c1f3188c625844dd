import * as assert from "assert/strict";
import fc from "fast-check";
import { arbitraryValues, contradiction, refusedValues } from "../helpers/arbitraryValues";
import { render, renderError } from "../helpers/helm";

describe("values that the schema accepts and that do not contradict each other", function () {
  this.timeout(120_000);

  it("render valid manifests", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryValues, async (values) => {
        try {
          await render(values);
        } catch (error) {
          fc.pre(!contradiction.test(String(error)));
          throw error;
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("values of which the schema refuses one", function () {
  this.timeout(120_000);

  it("reach no template", async () => {
    await fc.assert(
      fc.asyncProperty(refusedValues, async (values) => {
        const error = await renderError(values);
        assert.match(error, /values don't meet the specifications of the schema/);
        assert.doesNotMatch(error, /templates\//);
      }),
      { numRuns: 50 },
    );
  });
});
