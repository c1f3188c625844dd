import fc from "fast-check";
import { Manifest } from "../../components/checks/manifestFaults";
import { ObjectApi } from "../../tools/manifests/objectApi";
import { sandboxClient } from "../../sandbox/controlPlane";
import { setUpSandbox } from "../../sandbox/setUp";
import { arbitraryValues, contradiction } from "../helpers/arbitraryValues";
import { render } from "../helpers/helm";

describe("values that the schema takes, and that do not contradict each other, in the sandbox", function () {
  this.timeout(120_000);
  let client: ObjectApi;

  before("start the sandbox", async () => {
    await setUpSandbox(new AbortController().signal);
    client = sandboxClient().makeApiClient(ObjectApi);
  });

  it("render manifests that the API server takes", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryValues, async (values) => {
        const manifests = await render(values, { namespace: "default" }).catch((error: unknown) => {
          fc.pre(!contradiction.test(String(error)));
          throw error;
        });
        await Promise.all(manifests.all.map((manifest) => client.dryRunApply(inDefault(manifest), "dry-run-test")));
      }),
      { numRuns: 40, maxSkipsPerRun: 20 },
    );
  });
});

/** A manifest in the namespace that is always there. */
function inDefault(manifest: Manifest): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, namespace: "default" } };
}
