import * as assert from "assert/strict";
import fc from "fast-check";
import { setUpSandbox } from "../../sandbox/setUp";
import { ObjectApi } from "../../components/cluster/objectApi";
import { arbitraryValues, contradiction } from "../helpers/arbitraryValues";
import { render } from "../helpers/helm";
import { api } from "../helpers/project";

/** What a pod needs from the cluster. The preview finds that by its check of references. */
const missingObject = /no PriorityClass with name|error looking up service account/;

describe("random values that the schema allows and that do not contradict each other", function () {
  this.timeout(600_000);

  before("start the sandbox", () => setUpSandbox(new AbortController().signal));

  it("render manifests that the API server accepts", async () => {
    const client = api(ObjectApi);
    const namespace = "default";
    await fc.assert(
      fc.asyncProperty(arbitraryValues, async (values) => {
        const manifests = await render(values, { namespace }).catch((error: unknown) => {
          fc.pre(!contradiction.test(String(error)));
          throw error;
        });
        const results = await Promise.allSettled(
          manifests.all.map((manifest) =>
            client.apply({ ...manifest, metadata: { ...manifest.metadata, namespace } }, "dry-run-test", "All"),
          ),
        );
        const refusals = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
        assert.deepEqual(
          refusals.filter((refusal) => !missingObject.test(refusal)),
          [],
        );
      }),
      { numRuns: 40, maxSkipsPerRun: 20 },
    );
  });
});
