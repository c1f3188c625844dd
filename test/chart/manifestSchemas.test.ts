import * as assert from "assert/strict";
import { Manifest, manifestFaults } from "../../components/checks/manifestFaults";
import { render } from "../helpers/helm";
import { everySection } from "./sections";

describe("components/checks/kubernetes.generated.json", function () {
  this.timeout(60_000);

  it("shows neither the value of a variable nor what is in a Secret, if it is faulty", async () => {
    const { all } = await render({ extraEnv: [{ name: "PIN", value: "my pin" }] });
    const faulty = JSON.parse(JSON.stringify(all).replaceAll('"my pin"', "12345678")) as Manifest[];
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "pin" }, data: { PIN: 12345678 } };
    const faults = [...faulty, secret].flatMap(manifestFaults);
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["spec.template.spec.containers[0].env[0].value", "data.PIN"],
    );
    assert.doesNotMatch(JSON.stringify(faults), /12345678/);
  });

  it("holds every kind that the chart renders", async () => {
    for (const manifest of (await render(everySection)).all) {
      assert.deepEqual(manifestFaults(manifest), []);
      const [{ path: unknownField }] = manifestFaults({ ...manifest, metdata: {} });
      assert.equal(unknownField, "metdata", manifest.kind);
    }
  });
});
