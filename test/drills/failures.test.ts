import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { isDeepStrictEqual } from "util";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { kubeconfigFile, stateFolder } from "../../tools/lib/paths";
import { isReady } from "../../sandbox/pods";
import { findTool } from "../../tools/lib/binaries";
import { api } from "../helpers/project";
import { deployDev, drill } from "./drill";
import {
  allDrivers,
  assertFailsWith,
  configure,
  configureApp,
  InProcess,
  namespace,
  PulumiCli,
  upgradeHasBegun,
  Driver,
} from "./drivers";

const selector = { labelSelector: "app.kubernetes.io/instance=flask-dev" };
/** A label that no node has: the pods stay pending. */
const nowhere = { nodeSelector: { disk: "missing" } };

/** Ids of the app's pods that are ready. */
async function serving(): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace, ...selector });
  return items
    .filter(isReady)
    .map(({ metadata }) => metadata!.uid!)
    .sort();
}

for (const driver of allDrivers()) {
  describe(`A deployment that fails (${driver.name})`, function () {
    this.timeout(600_000);

    deployDev(driver);

    /**
     * A {@link drill} during which pods of the app must keep serving.
     *
     * @param samePods Whether the pods that serve must be the same ones as before.
     */
    function drillServing(
      failure: string,
      {
        fail,
        repair,
        samePods = true,
      }: { fail: () => Promise<void>; repair?: () => Promise<unknown>; samePods?: boolean },
    ): Promise<void> {
      const failWhileServing = async () => {
        const before = await serving();
        await fail();
        const after = await serving();
        assert.ok(samePods ? isDeepStrictEqual(after, before) : after.length > 0, "the pods do not keep serving");
      };
      return drill(driver, failure, failWhileServing, { repair });
    }

    it("is rolled back when the upgrade never becomes ready", () =>
      drillServing("an upgrade never becomes ready", {
        fail: async () => {
          configure(driver, (config) => {
            config["flask-app:timeoutSeconds"] = 12;
            Object.assign(config["flask-app:app"] as object, nowhere);
          });
          assertFailsWith(await driver.up(), /rolled back due to atomic being set|release flask-dev failed/);
        },
      }));

    it("is stopped by a hook that fails, before a pod is replaced", () =>
      drillServing("an upgrade's migration fails", {
        fail: async () => {
          const migration = { enabled: true, command: ["flask", "db", "upgrade"], activeDeadlineSeconds: 3 };
          configureApp(driver, { ...nowhere, migration });
          assertFailsWith(await driver.up(), /pre-upgrade hooks failed/);
        },
      }));

    it("is rolled back when a webhook refuses an object", () => {
      const webhooks = api(k8s.AdmissionregistrationV1Api);
      const name = "drill.flask-app";
      return drillServing("a webhook refuses an object", {
        // Helm continues with the other objects, so pods are replaced until it rolls back.
        samePods: false,
        fail: async () => {
          await webhooks.createValidatingWebhookConfiguration({
            body: {
              metadata: { name },
              webhooks: [
                {
                  name: "refuses.drill.flask-app",
                  admissionReviewVersions: ["v1"],
                  sideEffects: "None",
                  failurePolicy: "Fail",
                  clientConfig: { url: "https://127.0.0.1:1/" },
                  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
                  rules: [
                    {
                      apiGroups: [""],
                      apiVersions: ["v1"],
                      resources: ["configmaps"],
                      operations: ["CREATE", "UPDATE"],
                    },
                  ],
                },
              ],
            },
          });
          // The API server takes a moment to use a new webhook.
          await sleep(2000);
          configureApp(driver, { flask: { env: "development", debug: true, logLevel: "ERROR" } });
          assertFailsWith(await driver.up(), /failed calling webhook "refuses\.drill\.flask-app"/);
        },
        repair: () => webhooks.deleteValidatingWebhookConfiguration({ name }),
      });
    });

    it("is rolled back when a quota leaves no room for the new pods", () => {
      const core = api(k8s.CoreV1Api);
      const name = "drill";
      return drillServing("a quota is used up", {
        fail: async () => {
          await core.createNamespacedResourceQuota({
            namespace,
            body: { metadata: { name }, spec: { hard: { pods: "1" } } },
          });
          configure(driver, (config) => {
            config["flask-app:timeoutSeconds"] = 12;
            Object.assign(config["flask-app:app"] as object, { replicaCount: 2 });
          });
          const result = await driver.up();
          assertFailsWith(result, /rolled back due to atomic being set|release flask-dev failed/);
          if (driver instanceof InProcess) {
            assert.match(result.output, /waiting +Release flask-dev\n.*exceeded quota: drill/);
          }
        },
        repair: () => core.deleteNamespacedResourceQuota({ namespace, name }),
      });
    });

    it("completes, at the latest on the next run, when the API server does not answer for 30 seconds", () =>
      drillServing("the API server is unreachable for 30 s during an upgrade", {
        samePods: false,
        fail: async () => {
          const pid = Number(fs.readFileSync(path.join(stateFolder, "kube-apiserver.pid"), "utf8"));
          configureApp(driver, { podAnnotations: { drill: "away" } });
          const up = driver.up();
          await upgradeHasBegun("away");
          process.kill(pid, "SIGSTOP");
          await sleep(30_000);
          process.kill(pid, "SIGCONT");
          const result = await up;
          if (result.exitCode !== 0) {
            // Whether Helm and the provider wait depends on the moment.
            assertFailsWith(result, /unreachable|does not answer|TLS handshake timeout|connection refused/);
          }
          assert.equal((await driver.recover())?.exitCode, 0);
          assert.match((await driver.up()).output, driver.unchanged);
        },
      }));

    it("does not take over a release that somebody else installed under the app's name", () => {
      const helm = async (...args: string[]) =>
        execa((await findTool("helm"))!, [...args, "--namespace", namespace, "--kubeconfig", kubeconfigFile]);
      return drillServing("the release's name is taken", {
        samePods: false,
        fail: async () => {
          await leaveWithoutApp(driver, helm);
          const chart = path.join(driver.project.folder, "another");
          await helm("create", chart);
          await helm("install", "flask-dev", chart);
          assertFailsWith(
            await driver.up(),
            /There is a release flask-dev in the namespace development that this stack did not install/,
          );
        },
        repair: () => helm("uninstall", "flask-dev", "--wait"),
      });
    });
  });
}

/** Removes the app's release, also from the state. */
async function leaveWithoutApp(driver: Driver, helm: (...args: string[]) => Promise<unknown>): Promise<void> {
  if (driver instanceof PulumiCli) {
    const urn = "urn:pulumi:dev::flask-app::flask-app:index:FlaskApp$kubernetes:helm.sh/v3:Release::flask-dev";
    const { exitCode, output } = await driver.pulumi(["destroy", "--yes", "--skip-preview", "--target", urn]);
    assert.equal(exitCode, 0, output);
  } else {
    await helm("uninstall", "flask-dev", "--wait");
  }
}
