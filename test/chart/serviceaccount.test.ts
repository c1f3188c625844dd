import * as assert from "assert/strict";
import { render } from "../helpers/helm";

describe("the chart's ServiceAccount", function () {
  this.timeout(60_000);

  it("is the pods' own, and has no token of the Kubernetes API mounted", async () => {
    const manifests = await render();
    const { metadata, automountServiceAccountToken } = manifests.one("ServiceAccount");
    assert.equal(metadata?.name, "shop-flask-app");
    assert.deepEqual(Object.keys(metadata ?? {}), ["name", "labels"]);
    assert.equal(automountServiceAccountToken, false);
    assert.equal(manifests.pod.serviceAccountName, "shop-flask-app");
  });

  it("has the name and the annotations that are set", async () => {
    const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop" };
    const manifests = await render({ serviceAccount: { name: "shop-reader", annotations } });
    const { metadata } = manifests.one("ServiceAccount");
    assert.equal(metadata?.name, "shop-reader");
    assert.deepEqual(metadata?.annotations, annotations);
    assert.equal(manifests.pod.serviceAccountName, "shop-reader");
  });

  it("mounts its token when automountServiceAccountToken says so", async () => {
    const manifests = await render({ automountServiceAccountToken: true });
    assert.equal(manifests.one("ServiceAccount").automountServiceAccountToken, true);
  });

  it("is one that exists when create is false: the named one, or the namespace's default", async () => {
    const named = await render({ serviceAccount: { create: false, name: "shop-reader" } });
    const unnamed = await render({ serviceAccount: { create: false } });
    assert.deepEqual([...named.every("ServiceAccount"), ...unnamed.every("ServiceAccount")], []);
    assert.equal(named.pod.serviceAccountName, "shop-reader");
    assert.equal(unnamed.pod.serviceAccountName, "default");
  });
});
