import assert from "node:assert/strict";
import * as http from "http";
import { AddressInfo } from "net";
import * as k8s from "@kubernetes/client-node";
import { refuseOtherCluster, refuseOtherOwner, unknownCluster } from "../../components/checks/stackIdentity";
import { clusterOf } from "../../components/cluster/kubeconfig";
import { liveIdentity, ownerAnnotations } from "../../components/cluster/liveIdentity";
import { explanation } from "../../components/hooks/existingObject";

const name = "the context default (https://10.0.0.1)";
const clusterUrn = "urn:pulumi:production::shop::pulumi:index:Stash::cluster";
const owner = { name: "shop/production", id: "1" };

describe("The cluster of a stack", () => {
  const recorded = (recordedUid?: string) => ({ stack: "production", clusterUrn, recordedUid });

  it("is the one that the state records", () => {
    assert.doesNotThrow(() => refuseOtherCluster({ name, clusterUid: "a" }, recorded("a")));
  });

  it("is refused if it is another one, with the command for a cluster that was rebuilt", () => {
    assert.throws(() => refuseOtherCluster({ name, clusterUid: "b" }, recorded("a")), {
      message: [
        `The cluster of ${name} is not the one that this stack was deployed to; nothing was changed.`,
        "  The state records a cluster whose namespace kube-system has the UID a; this one has b.",
        "  Check KUBECONFIG, kubernetes:kubeconfig and kubernetes:context.",
        `  If you rebuilt the cluster or moved to another one, run: pulumi up --refresh --stack production --replace '${clusterUrn}'`,
      ].join("\n"),
    });
  });

  it("is accepted if it does not show its UID, or if the state does not know it", () => {
    assert.doesNotThrow(() => refuseOtherCluster({ name }, recorded("a")));
    assert.doesNotThrow(() => refuseOtherCluster({ name, clusterUid: "b" }, recorded(unknownCluster)));
    assert.doesNotThrow(() => refuseOtherCluster({ name, clusterUid: "b" }, recorded()));
  });
});

describe("The namespace of a stack", () => {
  const refuse = (found: typeof owner | undefined, stack: { name: string; id?: string }) =>
    refuseOtherOwner("production", { name, owner: found }, stack);

  it("may belong to nobody, or to the stack, even under its former name", () => {
    assert.doesNotThrow(() => refuse(undefined, owner));
    assert.doesNotThrow(() => refuse(owner, owner));
    assert.doesNotThrow(() => refuse({ ...owner, name: "shop/prod" }, owner));
  });

  for (const [title, id] of [
    ["another stack", "2"],
    ["another stack, before this one is deployed for the first time", undefined],
  ] as const) {
    it(`is refused if it belongs to ${title}`, () => {
      assert.throws(() => refuse(owner, { name: "shop/staging", id }), {
        message: `The namespace production in the cluster of ${name} belongs to the stack shop/production; nothing was changed. Choose another flask-app:namespace: two stacks cannot share one.`,
      });
    });
  }

  it("is refused if it belongs to a stack of the same name in another state", () => {
    assert.throws(
      () => refuse(owner, { name: owner.name }),
      /belongs to another state of the stack shop\/production; nothing was changed.*\n.*whoami[^]*If the state was lost, restore it/,
    );
  });
});

describe("The identity that a cluster shows", () => {
  let namespaces: Record<string, { code: number; metadata?: k8s.V1ObjectMeta }>;
  let server: http.Server;
  let cluster: k8s.KubeConfig;

  before(async () => {
    server = http.createServer(({ url }, response) => {
      const { code, metadata } = namespaces[url!.split("/").at(-1)!];
      response.writeHead(code, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ metadata, message: "forbidden" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const config = new k8s.KubeConfig();
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: "test", server: address, skipTLSVerify: true }, { name: "test" });
    cluster = clusterOf({ kubeconfig: config.exportConfig() });
  });

  after(() => server.close());

  it("is the UID of kube-system, and the stack that the namespace names as its owner", async () => {
    namespaces = {
      "kube-system": { code: 200, metadata: { uid: "a" } },
      production: { code: 200, metadata: { annotations: ownerAnnotations(owner) } },
    };
    assert.deepEqual(await liveIdentity(cluster, "production"), { clusterUid: "a", owner });
  });

  it("has no owner if the namespace has none or does not exist", async () => {
    namespaces = {
      "kube-system": { code: 200, metadata: { uid: "a" } },
      production: { code: 200, metadata: { annotations: { team: "ml" } } },
      missing: { code: 404 },
    };
    for (const namespace of ["production", "missing"]) {
      assert.deepEqual(await liveIdentity(cluster, namespace), { clusterUid: "a", owner: undefined });
    }
  });

  it("has no UID if the deployer may not read kube-system", async () => {
    namespaces = { "kube-system": { code: 403 }, production: { code: 404 } };
    assert.deepEqual(await liveIdentity(cluster, "production"), { clusterUid: undefined, owner: undefined });
  });

  it("is not known if the deployer may not read the stack's own namespace", async () => {
    namespaces = { "kube-system": { code: 200 }, production: { code: 403 } };
    await assert.rejects(liveIdentity(cluster, "production"), /refused the request: forbidden\./);
  });
});

describe("An object that exists, but is not in the state", () => {
  const secret = { kind: "Secret", metadata: { name: "shop-env" } };

  it("can be adopted if nobody else owns it", () => {
    assert.equal(
      explanation("dev", secret, {}),
      "A Secret shop-env exists that is not in this stack's state. If an interrupted run of this stack created it, or if the stack should adopt it, run: PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up --stack dev",
    );
    assert.match(explanation("dev", { ...secret, kind: "Namespace" }, {}), /will then delete the namespace/);
  });

  for (const [title, metadata, expected] of [
    [
      "a Helm release",
      { annotations: { "meta.helm.sh/release-name": "blog" } },
      "It belongs to the Helm release blog: choose another flask-app:releaseName",
    ],
    [
      "a controller",
      { ownerReferences: [{ kind: "ExternalSecret", name: "blog", apiVersion: "v1", uid: "1" }] },
      "It belongs to ExternalSecret blog: choose another",
    ],
  ] as const) {
    it(`must not be adopted if it belongs to ${title}`, () => {
      const text = explanation("dev", secret, metadata as k8s.V1ObjectMeta);
      assert.ok(text.includes(expected), text);
      assert.doesNotMatch(text, /UPSERT/);
    });
  }
});
