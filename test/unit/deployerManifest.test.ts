import assert from "node:assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { projectFolder } from "../../tools/lib/paths";
import { readStackFile, stackNames } from "../../tools/lib/stackFiles";

interface RbacObject {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }[];
  roleRef?: { kind: string; name: string };
}

describe("docs/deployer.yaml", () => {
  const text = fs.readFileSync(path.join(projectFolder, "docs/deployer.yaml"), "utf8");
  const objects = yaml.parseAllDocuments(text).map((document) => document.toJS() as RbacObject);
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const namespaces = stackNames()
    .map((stack) => readStackFile(stack).config["flask-app:namespace"] as string)
    .sort();

  it("gives each deployer no cluster-wide right except to its own Namespace and the list of namespaces", () => {
    const bound = ofKind("ClusterRoleBinding").map(({ roleRef }) => roleRef!.name);
    assert.deepEqual(
      bound.sort(),
      namespaces.map((namespace) => `flask-app-deployer-${namespace}`),
    );
    for (const namespace of namespaces) {
      const { rules } = objects.find(
        ({ kind, metadata }) => kind === "ClusterRole" && metadata.name === `flask-app-deployer-${namespace}`,
      )!;
      assert.deepEqual(rules, [
        { apiGroups: [""], resources: ["namespaces"], resourceNames: [namespace], verbs: ["get", "patch", "delete"] },
        { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] },
      ]);
    }
  });

  it("has no wildcard and no right to grant rights", () => {
    const rules = objects.flatMap((object) => object.rules ?? []);
    const all = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    const wide = [
      "*",
      "escalate",
      "bind",
      "impersonate",
      "roles",
      "rolebindings",
      "clusterroles",
      "clusterrolebindings",
    ];
    assert.deepEqual(
      all.filter((word) => wide.includes(word) || word.includes("/")),
      [],
    );
  });
});
