import * as assert from "assert/strict";
import { execFileSync } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile } from "../../tools/lib/paths";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { hasPulumi } from "../helpers/engine";
import { api } from "../helpers/project";
import { note, printResults } from "./results";
import { assertTold, configure, configureApp, kept, namespace, PulumiCli, upArgs, upgradeHasBegun, Way } from "./way";

const hint = hasPulumi ? "" : " (skipped: pulumi is not on PATH)";

(hasPulumi ? describe : describe.skip)(`a deployment with the Pulumi CLI that cannot go on${hint}`, function () {
  this.timeout(240_000);
  const way = new PulumiCli();

  before("deploy dev", async () => {
    await way.begin();
    configure(way);
    const { exitCode, output } = await way.up();
    assert.equal(exitCode, 0, output);
  });
  after("print how the drills ended, and take dev away", async () => {
    printResults();
    await way.destroy();
    way.end();
  });

  async function drill(
    failure: string,
    fail: () => Promise<void>,
    change?: (config: StackFileConfig) => void,
  ): Promise<void> {
    const before = await kept();
    await fail();
    configure(way, change);
    const { exitCode, output } = await way.up();
    const lost = JSON.stringify(await kept()) !== JSON.stringify(before);
    note(failure, way.name, { converged: exitCode === 0 && way.unchanged.test(output), lost });
    assert.match(output, way.unchanged);
    assert.ok(!lost);
  }

  it("tells of a cluster that does not answer, in preview, too", () =>
    drill("the cluster does not answer", async () => {
      const kubeconfig = changedKubeconfig(way, (text) =>
        text.replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:1"),
      );
      for (const result of [
        await way.pulumi(["preview", "--stack", "dev"], { KUBECONFIG: kubeconfig }),
        await way.up({ KUBECONFIG: kubeconfig }),
      ]) {
        assertTold(
          result,
          /The cluster of the context sandbox \(https:\/\/127\.0\.0\.1:1\) does not answer: connect ECONNREFUSED/,
        );
      }
    }));

  it("tells of credentials that have expired", () =>
    drill("the credentials have expired", async () => {
      const kubeconfig = changedKubeconfig(way, (text) => text.replace(/[0-9a-f]{64}/, "0".repeat(64)));
      assertTold(
        await way.up({ KUBECONFIG: kubeconfig }),
        /refuses: HTTP 401\. Its credentials are wrong or have expired: log in to the cluster again\./,
      );
    }));

  it("lets one deployment of a stack go on, and says so to the second", () =>
    drill("two deployments of one stack at once", async () => {
      configureApp(way, { podAnnotations: { drill: "two" } });
      const first = way.up();
      await stateIsLocked(way);
      assertTold(await way.up(), /the stack is currently locked by 1 lock/);
      assert.equal((await first).exitCode, 0);
      configure(way);
      await way.up();
    }));

  it("refuses to make a database's storage, user or name another, in preview", () =>
    drill("a change that would lose a database's data", async () => {
      configure(way, (config) => {
        const { inCluster } = config["flask-app:postgresql"] as { inCluster: { database: string; storage: object } };
        inCluster.database = "another";
        inCluster.storage = { size: "2Gi" };
      });
      const result = await way.pulumi(["preview", "--stack", "dev"]);
      assertTold(result, /Pulumi\.dev\.yaml has 2 faults; nothing was changed/);
      assertTold(
        result,
        /postgresql\.inCluster\.storage\.size: found "2Gi", but the database that runs was made with "1Gi"/,
      );
      assertTold(
        result,
        /postgresql\.inCluster\.database: found "another", but the database that runs was made with "flaskdb"/,
      );
    }));

  it("tells how to take over what a run made that was cut off before the state knew of it", () =>
    drill("cut off before the state knows what was made", async () => {
      const job = "flask-app:index:Postgresql$kubernetes:batch/v1:Job::flask-dev-postgresql-password";
      const args = ["state", "delete", "--yes", "--target-dependents", `urn:pulumi:dev::flask-app::${job}`];
      const { exitCode, output } = await way.pulumi(args);
      assert.equal(exitCode, 0, output);
      assertTold(await way.up(), /There is a Job flask-dev-postgresql-password that this stack does not know of/);
      assert.equal((await way.recover())?.exitCode, 0);
    }));

  for (const [moment, until] of [
    ["at the start", () => Promise.resolve()],
    ["in the middle", () => upgradeHasBegun("in the middle")],
  ] as const) {
    it(`loses nothing when the disk of a local state is full ${moment}`, function () {
      if (process.getuid?.() !== 0 || process.platform !== "linux") {
        this.skip();
      }
      return drill(`the disk of a local state is full ${moment}`, async () => {
        configureApp(way, { podAnnotations: { drill: moment } });
        const copy = `${way.state}-copy`;
        fs.cpSync(way.state, copy, { recursive: true });
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", way.state]);
        try {
          fs.cpSync(copy, way.state, { recursive: true });
          const up = way.up();
          await until();
          fill(path.join(way.state, "filler"));
          assertTold(await up, /no space left on device/);
          fs.rmSync(path.join(way.state, "filler"));
          assert.equal((await way.recover())?.exitCode, 0);
          fs.rmSync(copy, { recursive: true });
          fs.cpSync(way.state, copy, { recursive: true });
        } finally {
          execFileSync("umount", [way.state]);
          fs.cpSync(copy, way.state, { recursive: true });
          fs.rmSync(copy, { recursive: true });
        }
        configure(way);
        await way.up();
      });
    });
  }

  // The last: the volume cannot be made smaller again.
  it("makes a volume larger in steps that keep it", () => {
    const larger = (config: StackFileConfig) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { storage: object } };
      inCluster.storage = { size: "2Gi" };
    };
    return drill(
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
        configure(way, larger);
        for (const args of [["config", "set", "--path", "flask-app:allowDataChange", "true"], upArgs]) {
          const { exitCode, output } = await way.pulumi(args);
          assert.equal(exitCode, 0, output);
        }
        const { spec } = await api(k8s.AppsV1Api).readNamespacedStatefulSet(statefulSet);
        assert.equal(spec?.volumeClaimTemplates?.[0].spec?.resources?.requests?.storage, "2Gi");
      },
      larger,
    );
  });
});

/** Waits until a deployment has locked the stack's state. */
async function stateIsLocked(way: PulumiCli): Promise<void> {
  const locks = path.join(way.state, ".pulumi/locks");
  while (
    !fs.existsSync(locks) ||
    !fs.readdirSync(locks, { recursive: true }).some((name) => /\.json$/.test(String(name)))
  ) {
    await sleep(50);
  }
}

/** Writes a changed copy of the sandbox's kubeconfig. */
function changedKubeconfig(way: Way, change: (text: string) => string): string {
  const file = path.join(way.project.folder, "kubeconfig");
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
