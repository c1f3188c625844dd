import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { helm } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { api } from "../helpers/project";
import { deploy, noteResult, printResults } from "./drill";
import { assertFailsWith, configure, namespace, PulumiCli } from "./drivers";

const stuck = "stuck";

/** Gives PostgreSQL's volume another storage class. */
function withClass(config: StackFileConfig, name: string): void {
  const { inCluster } = config["flask-app:postgresql"] as { inCluster: { storage: { class?: string } } };
  inCluster.storage.class = name;
}

describeWith("pulumi", "The first volume of a database", function () {
  this.timeout(600_000);
  const driver = new PulumiCli();

  before("create a storage class whose volumes never appear", async () => {
    await driver.begin();
    await api(k8s.StorageV1Api).createStorageClass({
      body: { metadata: { name: stuck }, provisioner: "example.com/none" },
    });
  });
  after(async () => {
    printResults();
    await api(k8s.StorageV1Api).deleteStorageClass({ name: stuck });
    driver.end();
  });

  it("is refused in the preview if the cluster lacks its class", async () => {
    configure(driver, (config) => withClass(config, "absent"));
    const expected =
      /StatefulSet flask-dev-postgresql: spec\.volumeClaimTemplates\[0\]\.spec\.storageClassName: the cluster has no StorageClass absent; it has fast-ssd, standard, stuck/;
    assertFailsWith(await driver.pulumi(["preview", "--stack", "dev"]), expected);
  });

  for (const [title, protect] of [
    ["dev", false],
    ["a protected stack, like production", true],
  ] as const) {
    it(`that never appears is replaced as the preview says: ${title}`, async () => {
      const settings = (config: StackFileConfig) =>
        Object.assign(config, { "flask-app:protect": protect, "flask-app:timeoutSeconds": 20 });
      configure(driver, (config) => withClass(settings(config), stuck));
      assertFailsWith(await driver.up(), /flask-dev-postgresql.*context deadline exceeded/);

      configure(driver, settings);
      const refused = await driver.pulumi(["preview", "--stack", "dev"]);
      assertFailsWith(refused, /found "", but the first installation, which failed, used "stuck"/);
      const [, uninstall, selector, up] =
        /start again: helm (uninstall .*?); kubectl delete pvc --namespace \S+ --selector (\S+); pulumi (.*)/.exec(
          refused.output,
        ) ?? [];
      assert.ok(!(await helm(...uninstall.split(" "))).failed);
      await deleteClaims(selector);
      const again = await driver.pulumi([...up.split(" "), "--yes", "--stack", "dev"]);
      assert.equal(again.exitCode, 0, again.output);
      await deploy(driver, settings);

      noteResult(`a database's first volume never appears (${title})`, driver.name, { converged: true, lost: false });
      await driver.pulumi(["state", "unprotect", "--all", "--yes"]);
      await driver.destroy();
    });
  }
});

/** Without protection, the claims go with their StatefulSet, sooner or later. */
async function deleteClaims(labelSelector: string): Promise<void> {
  const core = api(k8s.CoreV1Api);
  const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector });
  for (const { metadata } of items) {
    await core.deleteNamespacedPersistentVolumeClaim({ namespace, name: metadata!.name! }).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof k8s.ApiException && error.code === 404)) {
    throw error;
  }
}
