import * as assert from "assert/strict";
import fc from "fast-check";
import { arbitraryValues, contradiction, refusedValues } from "../helpers/arbitraryValues";
import { render, renderError } from "../helpers/helm";

describe("values that the schema takes, and that do not contradict each other,", function () {
  this.timeout(120_000);

  it("render manifests that are valid by the Kubernetes schemas", async () => {
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

describe("values with one that the schema refuses", function () {
  this.timeout(120_000);

  it("reach no template, whatever the others are", async () => {
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
