import * as assert from "assert/strict";
import { Manifest } from "../../components/checks/manifestFaults";
import { addedByHand, jsonPointer, keysChangedByHand, withoutPath } from "../../tools/manifests/addedByHand";

const manifest: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "shop", labels: { app: "shop" } },
  spec: {
    containers: [{ name: "app", image: "shop:1", env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80 }] }],
  },
};

/** The object in the cluster after an edit with a tool that owns the fields in `fieldsV1`. */
function live(
  edit: (object: Live) => void,
  fieldsV1: object,
  manager = "kubectl-edit",
  subresource?: string,
): Manifest {
  const object = structuredClone(manifest) as unknown as Live;
  object.metadata.managedFields = [{ manager, subresource, fieldsV1 }];
  edit(object);
  return object as unknown as Manifest;
}

interface Live {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string>; managedFields: object[] };
  spec: { containers: { name: string; env: object[]; ports: object[] }[]; finalizers?: string[]; replicas?: number };
}

/** An object without what was added by hand. */
function cleaned(object: Manifest): Manifest {
  const clean = addedByHand(object, manifest).reduce<Manifest>(withoutPath, object);
  delete (clean.metadata as { managedFields?: object }).managedFields;
  return clean;
}

describe("what was added by hand", () => {
  const label = (object: Live) => (object.metadata.labels.team = "a");
  const labelFields = { "f:metadata": { "f:labels": { "f:team": {} } } };

  it("is found in a map", () => {
    assert.deepEqual(cleaned(live(label, labelFields)), manifest);
  });

  it("is found in a list, by the keys of its elements", () => {
    const added = live((object) => object.spec.containers[0].env.push({ name: "B", value: "2" }), {
      "f:spec": {
        "f:containers": { 'k:{"name":"app"}': { "f:env": { 'k:{"name":"B"}': { ".": {}, "f:name": {} } } } },
      },
    });
    assert.deepEqual(cleaned(added), manifest);
  });

  it("is found in a set", () => {
    const added = live((object) => (object.spec.finalizers = ["keep"]), {
      "f:spec": { "f:finalizers": { ".": {}, 'v:"keep"': {} } },
    });
    assert.deepEqual(cleaned(added), manifest);
  });

  it("is not a field of the manifest, whoever owns it now", () => {
    const image = { "f:spec": { "f:containers": { 'k:{"name":"app"}': { ".": {}, "f:image": {} } } } };
    assert.deepEqual(
      addedByHand(
        live(() => undefined, image),
        manifest,
      ),
      [],
    );
  });

  it("is not a port of the manifest, whose protocol Kubernetes fills in", () => {
    const port = { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } };
    const owned = { "f:spec": { "f:containers": { 'k:{"name":"app"}': { "f:ports": port } } } };
    assert.deepEqual(
      addedByHand(
        live(() => undefined, owned),
        manifest,
      ),
      [],
    );
  });

  for (const [title, manager, subresource] of [
    ["a controller adds", "kube-controller-manager", undefined],
    ["Helm adds", "helm", undefined],
    ["is written to a subresource", "kubectl", "scale"],
  ] as const) {
    it(`is not what ${title}`, () => {
      assert.deepEqual(addedByHand(live(label, labelFields, manager, subresource), manifest), []);
    });
  }

  it("is not a note that kubectl writes when it restarts pods", () => {
    const restarted = live(
      (object) => (object.metadata.annotations = { "kubectl.kubernetes.io/restartedAt": "today" }),
      { "f:metadata": { "f:annotations": { "f:kubectl.kubernetes.io/restartedAt": {} } } },
    );
    assert.deepEqual(addedByHand(restarted, manifest), []);
  });

  it("is found next to the annotations of others", () => {
    const added = live((object) => (object.metadata.annotations = { mine: "1", theirs: "2" }), {
      "f:metadata": { "f:annotations": { "f:mine": {} } },
    });
    assert.deepEqual(cleaned(added).metadata.annotations, { theirs: "2" });
  });

  it("is not the label that Kubernetes sets on every namespace", () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
    const fields = {
      managedFields: [
        {
          manager: "kubectl-create",
          fieldsV1: { "f:metadata": { "f:labels": { "f:kubernetes.io/metadata.name": {} } } },
        },
      ],
    };
    const labels = { "kubernetes.io/metadata.name": "a" };
    assert.deepEqual(addedByHand({ ...namespace, metadata: { name: "a", labels, ...fields } }, namespace), []);
  });

  it("is removed by a JSON Patch", () => {
    const fields = {
      "f:metadata": { "f:labels": { "f:team/a~b": {} } },
      "f:spec": {
        "f:containers": { 'k:{"name":"app"}': { "f:env": { 'k:{"name":"B"}': { ".": {}, "f:name": {} } } } },
      },
    };
    const object = live((edited) => {
      edited.metadata.labels["team/a~b"] = "1";
      edited.spec.containers[0].env.push({ name: "B", value: "2" });
    }, fields);
    assert.deepEqual(
      addedByHand(object, manifest).map((path) => jsonPointer(object, path)),
      ["/metadata/labels/team~1a~0b", "/spec/containers/0/env/1"],
    );
  });
});

describe("the keys of a Secret that were changed by hand", () => {
  const data = { password: "b2xk", other: "b2xk" };
  const secret: Manifest = { apiVersion: "v1", kind: "Secret", metadata: { name: "shop" }, data };
  const owned = (manager: string): Manifest => ({
    ...secret,
    metadata: {
      name: "shop",
      ...{ managedFields: [{ manager, fieldsV1: { "f:data": { "f:password": {}, "f:added": {} } } }] },
    },
  });

  it("are those that a tool such as kubectl owns and that are in the manifest", () => {
    assert.deepEqual(keysChangedByHand(owned("kubectl-patch"), secret), ["password"]);
  });

  it("are not those that Pulumi owns", () => {
    assert.deepEqual(keysChangedByHand(owned("pulumi-kubernetes-1234"), secret), []);
  });
});
