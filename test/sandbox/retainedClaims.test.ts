import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { setUpSandbox } from "../../sandbox/setUp";
import { appChart } from "../helpers/helm";
import { deleteNamespace, helm } from "../helpers/cluster";
import { api } from "../helpers/project";

const namespace = "retained-claims";

describe("a claim with persistence.retain, deployed with plain Helm", function () {
  this.timeout(600_000);
  const claim = { namespace, name: "web-flask-app" };
  const values = ["--set", "persistence.enabled=true,persistence.retain=true"];

  before("install the chart", async () => {
    await setUpSandbox(new AbortController().signal);
    await install("web");
  });
  after(() => deleteNamespace(namespace));

  it("outlives the release, and helm install of the same name adopts it", async () => {
    const before = await uid();
    await uninstall("web");
    assert.equal(await uid(), before);
    await install("web");
    assert.equal(await uid(), before);
  });

  it("outlives an upgrade that no longer needs it", async () => {
    const before = await uid();
    await succeed("upgrade", "web", appChart, "--namespace", namespace);
    assert.equal(await uid(), before);
    await succeed("upgrade", "web", appChart, "--namespace", namespace, ...values);
    assert.equal(await uid(), before);
  });

  it("is not touched by a release of another name, which gets a claim of its own", async () => {
    const before = await uid();
    await uninstall("web");
    await install("shop");
    assert.equal(await uid(), before);
    assert.notEqual(await uid("shop-flask-app"), before);
    await uninstall("shop");
  });

  it("is refused to a release of another name that asks for it", async () => {
    const { failed, output } = await helm(...installing("shop"), "--set", "fullnameOverride=web-flask-app");
    assert.ok(failed);
    assert.match(
      output,
      /PersistentVolumeClaim "web-flask-app" .* exists and cannot be imported .* must equal "shop"/s,
    );
  });

  it("mounts into a release of another name by existingClaim", async () => {
    const before = await uid();
    await install("shop", "--set", "persistence.existingClaim=web-flask-app");
    await uninstall("shop");
    assert.equal(await uid(), before);
  });

  it("cannot get another storage class, and stays as it is", async () => {
    const before = await uid();
    const { failed, output } = await helm(...installing("web"), "--set", "persistence.storageClass=fast-ssd");
    assert.ok(failed);
    assert.match(output, /spec is immutable after creation|Forbidden/);
    assert.equal(await uid(), before);
    await uninstall("web");
  });

  const installing = (release: string) => ["install", release, appChart, "--namespace", namespace, ...values];

  function install(release: string, ...more: string[]): Promise<void> {
    return succeed(...installing(release), "--create-namespace", ...more);
  }

  function uninstall(release: string): Promise<void> {
    return succeed("uninstall", release, "--namespace", namespace);
  }

  async function uid(name = claim.name): Promise<string> {
    const { metadata } = await api(k8s.CoreV1Api).readNamespacedPersistentVolumeClaim({ ...claim, name });
    return metadata!.uid!;
  }
});

async function succeed(...args: string[]): Promise<void> {
  const { failed, output } = await helm(...args);
  assert.ok(!failed, output);
}
