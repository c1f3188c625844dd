import * as assert from "assert/strict";
import { manifestFaults } from "../../components/checks/manifestFaults";
import { brokenManifests, deployment, soundManifests } from "../helpers/brokenManifests";

describe("The rules of the API server that a schema cannot express", () => {
  for (const { title, manifest, path } of brokenManifests) {
    it(`refuse ${title}`, () => {
      const faults = manifestFaults(manifest);
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [path],
        JSON.stringify(faults),
      );
    });
  }

  for (const { title, manifest } of soundManifests) {
    it(`accept ${title}`, () => {
      assert.deepEqual(manifestFaults(manifest), []);
    });
  }

  it("name both items that collide", () => {
    const volumes = ["data", "cache", "data"].map((name) => ({ name, emptyDir: {} }));
    assert.deepEqual(manifestFaults(deployment({ volumes })), [
      { path: "spec.template.spec.volumes[2].name", problem: 'found "data", which item 0 of the list has, too' },
    ]);
  });

  it("know the volumes that a StatefulSet claims", () => {
    const { spec, ...rest } = deployment({
      containers: [{ name: "db", image: "db:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
    });
    const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } };
    const set = { ...(spec as object), serviceName: "shop", volumeClaimTemplates: [claim] };
    assert.deepEqual(manifestFaults({ ...rest, kind: "StatefulSet", spec: set }), []);
  });
});
