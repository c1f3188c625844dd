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
import { note, printResults } from "./results";
import {
  allWays,
  assertTold,
  configure,
  configureApp,
  InProcess,
  kept,
  namespace,
  PulumiCli,
  upgradeHasBegun,
  Way,
} from "./way";

const selector = { labelSelector: "app.kubernetes.io/instance=flask-dev" };
/** A label that no node has, so that a pod that wants it stays pending. */
const nowhere = { nodeSelector: { disk: "missing" } };

/** The app's pods that serve. */
async function serving(): Promise<string[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace, ...selector });
  return items
    .filter(isReady)
    .map(({ metadata }) => metadata!.uid!)
    .sort();
}

for (const way of allWays()) {
  describe(`a deployment that fails, ${way.name}`, function () {
    this.timeout(240_000);

    before("deploy dev", async () => {
      await way.begin();
      await restore();
    });
    after("print how the drills ended, and take dev away", async () => {
      printResults();
      await way.destroy();
      way.end();
    });

    /** Deploys dev as the checkout configures it, then once more, which must change nothing. */
    async function restore(): Promise<void> {
      configure(way);
      const { exitCode, output } = await way.up();
      assert.equal(exitCode, 0, output);
      assert.match((await way.up()).output, way.unchanged);
    }

    /**
     * Has a failure happen, sees that pods serve on, and that the next good deployment converges.
     *
     * @param fail Deploys, and says what was told.
     * @param mend Takes the cause away.
     * @param samePods Whether those that serve are the pods of before.
     */
    async function drill(
      failure: string,
      { fail, mend, samePods = true }: { fail: () => Promise<void>; mend?: () => Promise<unknown>; samePods?: boolean },
    ): Promise<void> {
      const [before, pods] = [await kept(), await serving()];
      let converged = false;
      try {
        try {
          await fail();
          const now = await serving();
          assert.ok(samePods ? isDeepStrictEqual(now, pods) : now.length > 0, "the pods serve on");
        } finally {
          await mend?.();
        }
        await restore();
        converged = true;
      } finally {
        const after = await kept();
        note(failure, way.name, { converged, lost: JSON.stringify(after) !== JSON.stringify(before) });
      }
      assert.deepEqual(await kept(), before);
    }

    it("is rolled back when the upgrade never becomes ready", () =>
      drill("an upgrade never becomes ready", {
        fail: async () => {
          configure(way, (config) => {
            config["flask-app:timeoutSeconds"] = 12;
            Object.assign(config["flask-app:app"] as object, nowhere);
          });
          assertTold(await way.up(), /rolled back due to atomic being set|release flask-dev failed/);
        },
      }));

    it("is stopped by a hook that fails, before a pod is replaced", () =>
      drill("the migration of an upgrade fails", {
        fail: async () => {
          const migration = { enabled: true, command: ["flask", "db", "upgrade"], activeDeadlineSeconds: 3 };
          configureApp(way, { ...nowhere, migration });
          assertTold(await way.up(), /pre-upgrade hooks failed/);
        },
      }));

    it("is rolled back when a webhook refuses an object", () => {
      const webhooks = api(k8s.AdmissionregistrationV1Api);
      const name = "drill.flask-app";
      return drill("a webhook refuses an object", {
        // Helm goes on with the other objects, so that pods are replaced until it rolls back.
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
          // The API server takes a moment to ask it.
          await sleep(2000);
          configureApp(way, { flask: { env: "development", debug: true, logLevel: "ERROR" } });
          assertTold(await way.up(), /failed calling webhook "refuses\.drill\.flask-app"/);
        },
        mend: () => webhooks.deleteValidatingWebhookConfiguration({ name }),
      });
    });

    it("is rolled back when a quota leaves no room for the new pods", () => {
      const core = api(k8s.CoreV1Api);
      const name = "drill";
      return drill("a quota is used up", {
        fail: async () => {
          await core.createNamespacedResourceQuota({
            namespace,
            body: { metadata: { name }, spec: { hard: { pods: "1" } } },
          });
          configure(way, (config) => {
            config["flask-app:timeoutSeconds"] = 12;
            Object.assign(config["flask-app:app"] as object, { replicaCount: 2 });
          });
          const result = await way.up();
          assertTold(result, /rolled back due to atomic being set|release flask-dev failed/);
          if (way instanceof InProcess) {
            assert.match(result.output, /waiting +Release flask-dev\n.*exceeded quota: drill/);
          }
        },
        mend: () => core.deleteNamespacedResourceQuota({ namespace, name }),
      });
    });

    it("goes on, at the latest in the next deployment, when the API server is away for 30 seconds", () =>
      drill("the API server is away for 30 s", {
        samePods: false,
        fail: async () => {
          const pid = Number(fs.readFileSync(path.join(stateFolder, "kube-apiserver.pid"), "utf8"));
          configureApp(way, { podAnnotations: { drill: "away" } });
          const up = way.up();
          await upgradeHasBegun("away");
          process.kill(pid, "SIGSTOP");
          await sleep(30_000);
          process.kill(pid, "SIGCONT");
          const result = await up;
          if (result.exitCode !== 0) {
            // It depends on the moment whether Helm and the provider wait.
            assertTold(result, /unreachable|does not answer|TLS handshake timeout|connection refused/);
          }
          assert.equal((await way.recover())?.exitCode, 0);
          assert.match((await way.up()).output, way.unchanged);
        },
      }));

    it("does not take over a release that somebody else installed under the app's name", () => {
      const helm = async (...args: string[]) =>
        execa((await findTool("helm"))!, [...args, "--namespace", namespace, "--kubeconfig", kubeconfigFile]);
      return drill("the release's name is taken", {
        samePods: false,
        fail: async () => {
          await leaveWithoutApp(way, helm);
          const chart = path.join(way.project.folder, "another");
          await helm("create", chart);
          await helm("install", "flask-dev", chart);
          assertTold(
            await way.up(),
            /There is a release flask-dev in the namespace development that this stack did not install/,
          );
        },
        mend: () => helm("uninstall", "flask-dev", "--wait"),
      });
    });
  });
}

/** Takes the app's release away, and has the state know it. */
async function leaveWithoutApp(way: Way, helm: (...args: string[]) => Promise<unknown>): Promise<void> {
  if (way instanceof PulumiCli) {
    const urn = "urn:pulumi:dev::flask-app::flask-app:index:FlaskApp$kubernetes:helm.sh/v3:Release::flask-dev";
    const { exitCode, output } = await way.pulumi(["destroy", "--yes", "--skip-preview", "--target", urn]);
    assert.equal(exitCode, 0, output);
  } else {
    await helm("uninstall", "flask-dev", "--wait");
  }
}
