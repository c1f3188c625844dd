import * as assert from "assert/strict";
import { Manifest } from "../../components/checks/manifestFaults";
import { Impact, impactsOf } from "../../components/changes/impact";

/** An object with a spec. */
function object(kind: string, spec: object, annotations = {}): Manifest {
  return { apiVersion: "v1", kind, metadata: { name: "shop", annotations }, spec };
}

/** Spec of a workload whose pods run an image. */
function template(image: string): object {
  return { template: { spec: { containers: [{ name: "app", image }] } } };
}

describe("the impact of a change", () => {
  const cases: [string, Manifest | undefined, Manifest | undefined, Impact[]][] = [
    ["a new object has none", undefined, object("StatefulSet", {}), []],
    ["an object that does not change has none", object("Job", template("a:1")), object("Job", template("a:1")), []],
    [
      "a new image of a Deployment restarts its pods",
      object("Deployment", template("a:1")),
      object("Deployment", template("a:2")),
      ["restarts pods"],
    ],
    [
      "a new number of replicas restarts none",
      object("Deployment", { replicas: 1 }),
      object("Deployment", { replicas: 2 }),
      [],
    ],
    [
      "a new selector replaces a Deployment",
      object("Deployment", { selector: { a: "1" } }),
      object("Deployment", { selector: { a: "2" } }),
      ["replaces"],
    ],
    [
      "a new image of a StatefulSet restarts its pods and touches their data",
      object("StatefulSet", template("a:1")),
      object("StatefulSet", template("a:2")),
      ["restarts pods", "touches data"],
    ],
    [
      "an annotation on a StatefulSet's pods restarts them and does not touch their data",
      object("StatefulSet", { template: { metadata: {} } }),
      object("StatefulSet", { template: { metadata: { annotations: { a: "1" } } } }),
      ["restarts pods"],
    ],
    [
      "new volumes of a StatefulSet replace it and touch data",
      object("StatefulSet", { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "1Gi" } } } }] }),
      object("StatefulSet", { volumeClaimTemplates: [{ spec: { resources: { requests: { storage: "2Gi" } } } }] }),
      ["replaces", "touches data"],
    ],
    [
      "a larger claim touches data",
      object("PersistentVolumeClaim", { resources: { requests: { storage: "1Gi" } } }),
      object("PersistentVolumeClaim", { resources: { requests: { storage: "2Gi" } } }),
      ["touches data"],
    ],
    [
      "a new class of a claim replaces it and touches data",
      object("PersistentVolumeClaim", { storageClassName: "slow" }),
      object("PersistentVolumeClaim", { storageClassName: "fast" }),
      ["replaces", "touches data"],
    ],
    ["a removed claim touches data", object("PersistentVolumeClaim", {}), undefined, ["touches data"]],
    ["a removed namespace touches data", object("Namespace", {}), undefined, ["touches data"]],
    ["a removed Service has none", object("Service", {}), undefined, []],
    ["a new image of a Job replaces it", object("Job", template("a:1")), object("Job", template("a:2")), ["replaces"]],
    [
      "a hook has none: it is created anew each time",
      object("Job", template("a:1"), { "helm.sh/hook": "pre-upgrade" }),
      object("Job", template("a:2"), { "helm.sh/hook": "pre-upgrade" }),
      [],
    ],
  ];
  for (const [title, before, after, expected] of cases) {
    it(title, () => {
      assert.deepEqual(impactsOf(before, after), expected);
    });
  }
});
