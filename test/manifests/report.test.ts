import * as assert from "assert/strict";
import { Manifest } from "../../components/checks/manifestFaults";
import { compare } from "../../components/changes/objectChanges";
import { summarize } from "../../components/changes/summary";
import { markdownReport, terminalReport } from "../../tools/manifests/report";

function deployment(image: string): Manifest {
  const template = { spec: { containers: [{ name: "app", image }] } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop", namespace: "a" }, spec: { template } };
}

function configMap(name: string, content = "1"): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "a" }, data: { content } };
}

function secret(stringData: Record<string, string>): Manifest {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "shop", namespace: "a" }, stringData };
}

describe("a report of changes", () => {
  const before = [deployment("shop:1"), configMap("old"), configMap("kept")];
  const after = [deployment("shop:2"), configMap("new"), configMap("kept")];
  const changes = compare(before, after, "main", "now");

  it("has a patch for each object that differs", () => {
    assert.deepEqual(
      changes.map(({ object, change }) => [object, change]),
      [
        ["Deployment a/shop", "changed"],
        ["ConfigMap a/old", "removed"],
        ["ConfigMap a/new", "added"],
      ],
    );
    assert.match(changes[0].patch, /^--- main: Deployment a\/shop\n\+\+\+ now: Deployment a\/shop\n@@/);
    assert.match(changes[0].patch, /^- +- image: shop:1$/m);
    assert.match(changes[0].patch, /^\+ +- image: shop:2$/m);
  });

  it("sums up how many objects change, and the impacts", () => {
    assert.equal(
      summarize(changes),
      "1 changed, 1 added, 1 removed; restarts pods: Deployment a/shop; replaces: none; touches data: none.",
    );
    assert.equal(summarize([]), "No manifest changes.");
  });

  it("does not depend on the order of keys", () => {
    const { apiVersion, kind, metadata, data } = configMap("kept");
    assert.deepEqual(compare([configMap("kept")], [{ data, kind, metadata, apiVersion }], "a", "b"), []);
  });

  it("shows which values of a Secret change, but no value", () => {
    const patches = [
      ...compare([secret({ A: "one", B: "same" })], [secret({ A: "two", B: "same" })], "main", "now"),
      ...compare([], [secret({ A: "three" })], "main", "now"),
    ].map(({ patch }) => patch);
    assert.match(patches[0], /^- +A: "\[secret\] \(before\)"\n\+ +A: "\[secret\] \(after\)"\n +B: "\[secret\]"$/m);
    assert.match(patches[1], /^\+ +A: "\[secret\]"$/m);
    assert.doesNotMatch(patches.join(""), /one|two|three|same/);
  });

  it("shows none of a Secret's values in what tools and people keep next to them", () => {
    const kept = secret({ A: "one" });
    const copy = JSON.stringify(kept);
    kept.metadata.annotations = { "kubectl.kubernetes.io/last-applied-configuration": copy };
    kept.metadata.labels = { copied: "one" };
    kept.immutable = true;
    const [{ patch }] = compare([kept], [secret({ A: "one" })], "live", "rendered");
    assert.match(patch, /^- +kubectl\.kubernetes\.io\/last-applied-configuration: "\[secret\] \(before\)"$/m);
    assert.match(patch, /^- +copied: "\[secret\] \(before\)"$/m);
    assert.doesNotMatch(patch, /one/);
  });

  it("is colored only in a terminal", () => {
    assert.ok(terminalReport({ changes, notes: [] }, true).includes("\u001b["));
    assert.ok(!terminalReport({ changes, notes: [] }, false).includes("\u001b["));
  });

  it("folds the patches in Markdown", () => {
    const report = markdownReport("dev, compared with main", { changes, notes: ["A note."] });
    assert.match(report, /^### dev, compared with main\n\n1 changed, 1 added, 1 removed;[^\n]*\n\nA note\.\n/);
    assert.match(report, /<details><summary><code>Deployment a\/shop<\/code> changed, restarts pods<\/summary>/);
    assert.match(report, /\n````diff\n--- main: Deployment a\/shop\n/);
  });

  it("fits three times into a comment on GitHub, and says what it leaves out", () => {
    const long = [...Array(30).keys()].map((index) => configMap(`c${index}`, "x".repeat(5000)));
    const report = markdownReport("long", { changes: compare([], long, "a", "b"), notes: [] });
    assert.ok(3 * report.length < 65_536);
    assert.match(report, /^(2\d) patches are too long for a comment: run the command to see them\.$/m);
  });
});
