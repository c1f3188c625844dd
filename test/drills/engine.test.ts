import * as assert from "assert/strict";
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile } from "../../tools/lib/paths";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { describeWith, itWith } from "../helpers/describeWith";
import { api } from "../helpers/project";
import { deployDev, drill } from "./drill";
import {
  assertFailsWith,
  configure,
  configureApp,
  namespace,
  PulumiCli,
  upArgs,
  upgradeHasBegun,
  Driver,
} from "./drivers";

describeWith("pulumi", "A deployment with the Pulumi CLI that cannot continue", function () {
  this.timeout(600_000);
  const driver = new PulumiCli();

  deployDev(driver);

  it("reports a cluster that does not answer, also in a preview", () =>
    drill(driver, "the cluster does not answer", async () => {
      const kubeconfig = changedKubeconfig(driver, (text) =>
        text.replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:1"),
      );
      for (const result of [
        await driver.pulumi(["preview", "--stack", "dev"], { KUBECONFIG: kubeconfig }),
        await driver.up({ KUBECONFIG: kubeconfig }),
      ]) {
        assertFailsWith(
          result,
          /The cluster of the context sandbox \(https:\/\/127\.0\.0\.1:1\) does not answer: connect ECONNREFUSED/,
        );
      }
    }));

  it("reports credentials that have expired", () =>
    drill(driver, "the credentials have expired", async () => {
      const kubeconfig = changedKubeconfig(driver, (text) => text.replace(/[0-9a-f]{64}/, "0".repeat(64)));
      assertFailsWith(
        await driver.up({ KUBECONFIG: kubeconfig }),
        /refused the request: HTTP 401\. Your credentials are wrong or have expired: log in to the cluster again\./,
      );
    }));

  it("lets only one deployment of a stack run, and tells the second one so", () =>
    drill(driver, "two deployments of one stack at once", async () => {
      configureApp(driver, { podAnnotations: { drill: "two" } });
      const first = driver.up();
      await stateIsLocked(driver);
      assertFailsWith(await driver.up(), /the stack is currently locked by 1 lock/);
      assert.equal((await first).exitCode, 0);
    }));

  it("refuses, in a preview, a change of a database's storage or name", () =>
    drill(driver, "a change that would lose a database's data", async () => {
      configure(driver, (config) => {
        const { inCluster } = config["flask-app:postgresql"] as { inCluster: { database: string; storage: object } };
        inCluster.database = "another";
        inCluster.storage = { size: "2Gi" };
      });
      const result = await driver.pulumi(["preview", "--stack", "dev"]);
      assertFailsWith(result, /Pulumi\.dev\.yaml has 2 faults; nothing was changed/);
      assertFailsWith(
        result,
        /postgresql\.inCluster\.storage\.size: found "2Gi", but the running database was created with "1Gi"/,
      );
      assertFailsWith(result, /postgresql\.inCluster\.database: found "another", but the app's data is in "flaskdb"/);
    }));

  it("says how to adopt what an interrupted run created but did not record in the state", () =>
    drill(driver, "interrupted before the state recorded what was created", async () => {
      const job = "flask-app:index:Postgresql$kubernetes:batch/v1:Job::flask-dev-postgresql-password";
      const args = ["state", "delete", "--yes", "--target-dependents", `urn:pulumi:dev::flask-app::${job}`];
      const { exitCode, output } = await driver.pulumi(args);
      assert.equal(exitCode, 0, output);
      assertFailsWith(
        await driver.up(),
        /A Job flask-dev-postgresql-password exists that is not in this stack's state/,
      );
      assert.equal((await driver.recover())?.exitCode, 0);
    }));

  for (const [moment, until] of [
    ["at the start", () => Promise.resolve()],
    ["in the middle", () => upgradeHasBegun("in the middle")],
  ] as const) {
    itWith("root on Linux", `loses nothing when the disk of a local state is full ${moment}`, () =>
      drill(driver, `the disk of a local state is full ${moment}`, async () => {
        configureApp(driver, { podAnnotations: { drill: moment } });
        const copy = `${driver.state}-copy`;
        fs.cpSync(driver.state, copy, { recursive: true });
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", driver.state]);
        try {
          fs.cpSync(copy, driver.state, { recursive: true });
          const up = driver.up();
          await until();
          fill(path.join(driver.state, "filler"));
          assertFailsWith(await up, /no space left on device/);
          fs.rmSync(path.join(driver.state, "filler"));
          assert.equal((await driver.recover())?.exitCode, 0);
          fs.rmSync(copy, { recursive: true });
          fs.cpSync(driver.state, copy, { recursive: true });
        } finally {
          execFileSync("umount", [driver.state]);
          fs.cpSync(copy, driver.state, { recursive: true });
          fs.rmSync(copy, { recursive: true });
        }
      }),
    );
  }

  // This is the last test, because the volume cannot be made smaller again.
  it("makes a volume larger without losing its data", () => {
    const larger = (config: StackFileConfig) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { storage: object } };
      inCluster.storage = { size: "2Gi" };
    };
    return drill(
      driver,
      "a database's volume is too small",
      async () => {
        await api(k8s.CoreV1Api).patchNamespacedPersistentVolumeClaim(
          {
            namespace,
            name: "data-flask-dev-postgresql-0",
            body: { spec: { resources: { requests: { storage: "2Gi" } } } },
          },
          k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
        );
        const statefulSet = { namespace, name: "flask-dev-postgresql" };
        await api(k8s.AppsV1Api).deleteNamespacedStatefulSet({ ...statefulSet, propagationPolicy: "Orphan" });
        configure(driver, larger);
        for (const args of [["config", "set", "--path", "flask-app:allowDataChange", "true"], upArgs]) {
          const { exitCode, output } = await driver.pulumi(args);
          assert.equal(exitCode, 0, output);
        }
        const { spec } = await api(k8s.AppsV1Api).readNamespacedStatefulSet(statefulSet);
        assert.equal(spec?.volumeClaimTemplates?.[0].spec?.resources?.requests?.storage, "2Gi");
      },
      { change: larger },
    );
  });
});

/** Waits until a deployment has locked the stack's state. */
async function stateIsLocked(driver: PulumiCli): Promise<void> {
  const locks = path.join(driver.state, ".pulumi/locks");
  while (
    !fs.existsSync(locks) ||
    !fs.readdirSync(locks, { recursive: true }).some((name) => /\.json$/.test(String(name)))
  ) {
    await sleep(50);
  }
}

/** Writes a changed copy of the sandbox's kubeconfig. */
function changedKubeconfig(driver: Driver, change: (text: string) => string): string {
  const file = path.join(driver.project.folder, "kubeconfig");
  const before = fs.readFileSync(kubeconfigFile, "utf8");
  assert.ok(change(before) !== before);
  fs.writeFileSync(file, change(before), { mode: 0o600 });
  return file;
}

/** Fills a disk. */
function fill(file: string): void {
  const block = Buffer.alloc(4096);
  const open = fs.openSync(file, "w");
  try {
    for (;;) {
      fs.writeSync(open, block);
    }
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  } finally {
    fs.closeSync(open);
  }
}
