import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { Manifest } from "../../components/checks/manifestFaults";
import { askServer, ReleaseObject, ServerVerdict } from "../../components/checks/serverDryRun";
import { sandboxClient } from "../../sandbox/controlPlane";
import { setUpSandbox } from "../../sandbox/setUp";
import { brokenManifests, deployment, soundManifests } from "../helpers/brokenManifests";
import { deleteNamespace, until } from "../helpers/cluster";
import { api } from "../helpers/project";

const namespace = "dry-run";
const image = "shop:1.0";

function inNamespace(manifest: Manifest): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

/** What the API server says about one object of a release. */
function ask(manifest: Manifest, deployed?: Manifest, cluster = sandboxClient(), planned: Manifest[] = []) {
  const object: ReleaseObject = { manifest: inNamespace(manifest), deployed: deployed && inNamespace(deployed) };
  return askServer(cluster, [object], planned);
}

const nothing: ServerVerdict = { refused: [], warnings: [] };

describe("The dry run of a preview", function () {
  this.timeout(600_000);

  before("start the sandbox", async () => {
    await setUpSandbox(new AbortController().signal);
    await api(k8s.CoreV1Api).createNamespace({ body: { metadata: { name: namespace } } });
    await api(k8s.AppsV1Api).createNamespacedDeployment({
      namespace,
      body: inNamespace(deployment({})),
    });
  });

  after(() => deleteNamespace(namespace));

  for (const { title, manifest, path, isAcceptedWhenNew } of brokenManifests) {
    it(`${isAcceptedWhenNew ? "accepts, if it is new," : "refuses"} ${title}`, async () => {
      const { refused, warnings } = await ask({ ...manifest, metadata: { ...manifest.metadata, name: "new" } });
      assert.deepEqual(warnings, []);
      assert.equal(refused.length > 0, !isAcceptedWhenNew, refused.join("\n"));
      if (!isAcceptedWhenNew) {
        const name = `${manifest.kind} new: `;
        assert.ok(refused.every((line) => line.startsWith(name)));
        // The API server's paths leave out the metadata, and some end earlier.
        const field = path.replace("metadata.annotations", "annotations").split(".").slice(0, 5).join(".");
        assert.ok(
          refused.some((line) => line.includes(field.replace(/\.labels.*|\[1\]\.port$/, ""))),
          refused.join("\n"),
        );
      }
    });
  }

  for (const { title, manifest } of soundManifests) {
    it(`accepts ${title}`, async () => {
      assert.deepEqual(await ask({ ...manifest, metadata: { ...manifest.metadata, name: "new" } }), nothing);
    });
  }

  it("names an immutable field, and says what to do", async () => {
    const other = deployment({}, { app: "store" });
    const spec = { ...(other.spec as object), selector: { matchLabels: { app: "store" } } };
    const { refused } = await ask({ ...other, spec }, deployment({}));
    assert.deepEqual(refused, [
      'Deployment shop: spec.selector: Invalid value: {"matchLabels":{"app":"store"}}: field is immutable; an upgrade cannot change it: keep it as it is, or delete the object before you deploy',
    ]);
  });

  it("removes what Helm deployed and no longer deploys, and keeps what others have set", async () => {
    const before = deployment({ containers: [{ name: "web", image, livenessProbe: { tcpSocket: { port: 80 } } }] });
    const after = deployment({ containers: [{ name: "web", image, livenessProbe: { exec: { command: ["true"] } } }] });
    const strategy = { ...after, spec: { ...(after.spec as object), strategy: { type: "Recreate" } } };
    assert.deepEqual(await ask(strategy, before), nothing);
  });

  it("sends a hook as new, although the last one may still be there", async () => {
    const hook = deployment({ containers: [] });
    hook.metadata.annotations = { "helm.sh/hook": "pre-upgrade" };
    const { refused } = await ask(hook);
    assert.match(refused.join(), /spec\.template\.spec\.containers: Required value/);
    const sound = { ...deployment({}), metadata: hook.metadata };
    assert.deepEqual(await ask(sound), nothing);
  });

  it("says what an admission policy says", async () => {
    const policies = api(k8s.AdmissionregistrationV1Api);
    const metadata = { name: "no-shops" };
    await policies.createValidatingAdmissionPolicy({
      body: {
        metadata,
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: ["apps"], apiVersions: ["*"], operations: ["*"], resources: ["deployments"] }],
          },
          validations: [{ expression: "!object.metadata.name.startsWith('banned')", message: "no shops here" }],
        },
      },
    });
    await policies.createValidatingAdmissionPolicyBinding({
      body: { metadata, spec: { policyName: metadata.name, validationActions: ["Deny"] } },
    });
    try {
      let refused: string[] = [];
      const banned = { ...deployment({}), metadata: { name: "banned" } };
      // A new policy takes effect with a delay.
      for (const deadline = Date.now() + 30_000; refused.length === 0 && Date.now() < deadline;) {
        ({ refused } = await ask(banned));
      }
      assert.match(refused.join(), /^Deployment banned: .*'no-shops'.*denied request: no shops here/);
    } finally {
      await policies.deleteValidatingAdmissionPolicyBinding(metadata);
      await policies.deleteValidatingAdmissionPolicy(metadata);
    }
  });

  it("says which quota has no room, except for a pod that only `helm test` creates", async () => {
    const pod = (annotations: Record<string, string>): Manifest => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "new", annotations },
      spec: { containers: [{ name: "shop", image }] },
    });
    const quota = { metadata: { name: "no-pods" }, spec: { hard: { pods: "0" } } };
    await api(k8s.CoreV1Api).createNamespacedResourceQuota({ namespace, body: quota });
    try {
      await until("the quota counts", async () => (await ask(pod({}))).refused.length > 0);
      assert.match((await ask(pod({}))).refused.join(), /^Pod new: .*exceeded quota: no-pods/);
      assert.deepEqual(await ask(pod({ "helm.sh/hook": "test" })), nothing);
    } finally {
      await api(k8s.CoreV1Api).deleteNamespacedResourceQuota({ namespace, name: "no-pods" });
    }
  });

  it("does not complain about what the stack has yet to create", async () => {
    const account: Manifest = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot", namespace } };
    const spec = { serviceAccountName: "robot", containers: [{ name: "web", image }] };
    const pod: Manifest = { apiVersion: "v1", kind: "Pod", metadata: { name: "pod" }, spec };
    assert.match((await ask(pod)).refused.join(), /serviceaccount "robot" not found/);
    assert.deepEqual(await ask(pod, undefined, undefined, [account]), nothing);
    const elsewhere = { ...deployment({}), metadata: { name: "shop", namespace: "later" } };
    const later: Manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: "later" } };
    assert.deepEqual(await askServer(sandboxClient(), [{ manifest: elsewhere }], [later]), nothing);
  });

  it("leaves kinds that the cluster does not have to the check of references", async () => {
    const custom: Manifest = { apiVersion: "example.com/v1", kind: "Custom", metadata: { name: "mine" } };
    assert.deepEqual(await ask(custom), nothing);
  });

  it("says once which rights are missing", async () => {
    const reader = sandboxClient();
    const impersonated = { ...reader.getCurrentUser()!, impersonateUser: "reader" };
    reader.users = [impersonated];
    const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }];
    const rbac = api(k8s.RbacAuthorizationV1Api);
    await rbac.createNamespacedRole({ namespace, body: { metadata: { name: "reader" }, rules } });
    await rbac.createNamespacedRoleBinding({
      namespace,
      body: {
        metadata: { name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "reader" }],
      },
    });
    const objects = ["shop", "new", "newer"].map((name) => ({
      manifest: inNamespace({ ...deployment({}), metadata: { name } }),
    }));
    let warnings: string[] = [];
    for (const deadline = Date.now() + 30_000; !/patch/.test(warnings.join()) && Date.now() < deadline;) {
      ({ warnings } = await askServer(reader, objects, []));
    }
    assert.deepEqual(warnings, [
      "Whether the cluster accepts the objects of the releases was not fully checked: you have no right to create deployments, patch deployments.",
    ]);
  });
});
