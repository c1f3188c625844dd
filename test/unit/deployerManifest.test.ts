import assert from "node:assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { projectFolder } from "../../tools/lib/paths";
import { readStackFile, stackNames } from "../../tools/lib/stackFiles";

interface RbacObject {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }[];
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

interface Policy {
  kind: string;
  spec: {
    matchConstraints: { namespaceSelector: { matchExpressions: { values: string[] }[] } };
    variables: { name: string; expression: string }[];
  };
}

interface Ingress {
  enabled?: boolean;
  hosts?: { host: string }[];
}

describe("docs/deployer.yaml", () => {
  const text = fs.readFileSync(path.join(projectFolder, "docs/deployer.yaml"), "utf8");
  const documents = yaml.parseAllDocuments(text).map((document) => document.toJS() as unknown);
  const objects = documents as RbacObject[];
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const roleNamed = (name: string) =>
    objects.find(({ kind, metadata }) => kind === "ClusterRole" && metadata.name === name)!;
  const policy = (documents as Policy[]).find(({ kind }) => kind === "ValidatingAdmissionPolicy")!;
  const configs = stackNames().map((stack) => readStackFile(stack).config);
  const namespaceOf = (config: Record<string, unknown>) => config["flask-app:namespace"] as string;
  const namespaces = configs.map(namespaceOf).sort();

  it("gives no cluster-wide right except to read namespaces and kinds that hold no data of others", () => {
    assert.deepEqual(
      ofKind("ClusterRoleBinding").map(({ roleRef, subjects }) => [roleRef!.name, subjects!.map(({ name }) => name)]),
      [["flask-app-cluster-reader", ["system:serviceaccounts:flask-app-deployers"]]],
    );
    const { rules } = roleNamed("flask-app-cluster-reader");
    const reads = ["ingressclasses", "namespaces", "priorityclasses", "runtimeclasses", "storageclasses"];
    assert.deepEqual(rules!.flatMap(({ resources }) => resources).sort(), reads);
    assert.ok(rules!.flatMap(({ verbs }) => verbs).every((verb) => ["get", "list", "watch"].includes(verb)));
  });

  it("binds each account only in the namespace that it is named after", () => {
    const expected = namespaces.flatMap((namespace) => [
      [namespace, "flask-app-deployer", namespace],
      [namespace, "flask-app-destroyer", namespace],
      [namespace, "flask-app-viewer", `${namespace}-viewer`],
    ]);
    const bound = ofKind("RoleBinding").flatMap(({ metadata, roleRef, subjects }) =>
      subjects!.map(({ name }) => [metadata.namespace!, roleRef!.name, name]),
    );
    assert.deepEqual(bound.sort(), expected.sort());
  });

  it("lets a viewer only read", () => {
    const verbs = roleNamed("flask-app-viewer").rules!.flatMap((rule) => rule.verbs);
    assert.deepEqual(new Set(verbs), new Set(["get", "list", "watch"]));
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

  it("labels each namespace with the Pod Security Standard of its stack", () => {
    const labels = Object.fromEntries(ofKind("Namespace").map(({ metadata }) => [metadata.name, metadata.labels]));
    for (const config of configs) {
      assert.deepEqual(labels[namespaceOf(config)], {
        "pod-security.kubernetes.io/enforce": config["flask-app:podSecurity"],
      });
    }
  });

  it("limits the namespaces of all stacks, and lets each serve its own hosts", () => {
    const [{ values }] = policy.spec.matchConstraints.namespaceSelector.matchExpressions;
    assert.deepEqual([...values].sort(), namespaces);
    const hosts = policy.spec.variables.find(({ name }) => name === "hosts")!.expression;
    for (const config of configs) {
      const { ingress } = config["flask-app:app"] as { ingress?: Ingress };
      const own = ingress?.enabled ? ingress.hosts!.map(({ host }) => `'${host}'`) : [];
      assert.ok(own.length === 0 || hosts.includes(`'${namespaceOf(config)}': [${own.join(", ")}]`), hosts);
    }
  });
});
