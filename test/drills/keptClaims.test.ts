import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { helm } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { api } from "../helpers/project";
import { deploy, drill, printResults } from "./drill";
import { assertFailsWith, namespace, PulumiCli } from "./drivers";

/** Makes dev a stack like production: protected, with every kind of claim. */
function likeProduction(config: StackFileConfig): void {
  config["flask-app:protect"] = true;
  Object.assign(config["flask-app:app"] as object, {
    persistence: { enabled: true },
    mlModel: { enabled: true, volume: { type: "claim" } },
  });
  const { inCluster } = config["flask-app:postgresql"] as { inCluster: object };
  Object.assign(inCluster, { backup: { schedule: "@daily", keepDays: 7, storage: { size: "1Gi" } } });
}

const claims = [
  "data-flask-dev-postgresql-0",
  "flask-dev-flask-app",
  "flask-dev-flask-app-model",
  "flask-dev-postgresql-backups",
  "redis-data-flask-dev-redis-master-0",
];

describeWith("pulumi", "The claims of a protected stack", function () {
  this.timeout(600_000);
  const driver = new PulumiCli();
  const options = { change: likeProduction };

  before("deploy dev like production", async () => {
    await driver.begin();
    await deploy(driver, likeProduction);
    assert.deepEqual((await claimsOf()).sort(), claims);
  });
  after("print the results and remove dev", async () => {
    printResults();
    await driver.pulumi(["state", "unprotect", "--all", "--yes"]);
    await driver.destroy();
    driver.end();
  });

  it("outlive `kubectl delete statefulset` and `helm uninstall`, and pulumi up --refresh uses them again", () =>
    drill(
      driver,
      "every StatefulSet is deleted and every release uninstalled by hand",
      async () => {
        for (const name of ["flask-dev-postgresql", "flask-dev-redis-master"]) {
          await api(k8s.AppsV1Api).deleteNamespacedStatefulSet({ namespace, name });
        }
        for (const release of ["flask-dev", "flask-dev-postgresql", "flask-dev-redis"]) {
          const { failed, output } = await helm("uninstall", release, "--namespace", namespace, "--wait");
          assert.ok(!failed, output);
        }
        assert.deepEqual((await claimsOf()).sort(), claims);
        const { exitCode, output } = await driver.pulumi(["up", "--refresh", "--yes", "--stack", "dev"]);
        assert.equal(exitCode, 0, output);
      },
      options,
    ));

  it("outlive `pulumi destroy`, which refuses, and what it deletes with --skip-preview", () =>
    drill(
      driver,
      "pulumi destroy of a protected stack",
      async () => {
        const refused = /cannot be deleted\n *because it is protected/;
        assertFailsWith(await driver.pulumi(["destroy", "--yes"]), refused);
        assertFailsWith(await driver.pulumi(["destroy", "--yes", "--skip-preview"]), refused);
        assert.ok((await helm("status", "flask-dev", "--namespace", namespace)).failed, "the app was not deleted");
      },
      options,
    ));

  it("outlive values that no longer need them", () =>
    drill(
      driver,
      "a claim is no longer needed",
      async () => {
        await deploy(driver, (config) => {
          likeProduction(config);
          Object.assign(config["flask-app:app"] as object, { persistence: { enabled: false }, mlModel: undefined });
        });
      },
      options,
    ));
});

/** Names of the claims in the namespace. */
async function claimsOf(): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPersistentVolumeClaim({ namespace });
  return items.map(({ metadata }) => metadata!.name!);
}
