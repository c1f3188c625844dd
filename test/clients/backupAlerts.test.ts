import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { PostgresqlBackup } from "../../components/config/config.generated";
import { describeWith } from "../helpers/describeWith";
import { find, runStack } from "../helpers/program";

const hour = 3600;
const labels = { namespace: "production", cronjob: "flask-prod-postgresql-backup" };
const other = { namespace: "production", cronjob: "of-somebody-else" };

describeWith("promtool", "the alerts on production's backups, as Prometheus evaluates them", function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-alerts-"));
  });

  after(() => fs.rmSync(folder, { recursive: true }));

  /** Names of the alerts that fire at a time, with metrics that do not change. */
  async function alertsAt(seconds: number, metrics: Record<string, number>, schedule = "0 2 * * *"): Promise<string[]> {
    const run = await runStack("production", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { backup: PostgresqlBackup } };
      inCluster.backup.schedule = schedule;
    });
    const { spec } = find(run, "PrometheusRule flask-prod-postgresql-backup").inputs;
    fs.writeFileSync(path.join(folder, "rules.yaml"), yaml.stringify(spec));
    const names = ["PostgresqlBackupTooOld", "PostgresqlBackupNeverSucceeded"];
    const firing: string[] = [];
    for (const alertname of names) {
      // In steps of five minutes, after which Prometheus forgets a value.
      const steps = Math.round(seconds / 300);
      const test = {
        rule_files: ["rules.yaml"],
        evaluation_interval: "5m",
        tests: [
          {
            interval: "5m",
            input_series: Object.entries(metrics).map(([series, value]) => ({ series, values: `${value}x${steps}` })),
            alert_rule_test: [{ eval_time: `${steps * 5}m`, alertname, exp_alerts: [] }],
          },
        ],
      };
      fs.writeFileSync(path.join(folder, "test.yaml"), yaml.stringify(test));
      const { exitCode, stdout, stderr } = await execa("promtool", ["test", "rules", "test.yaml"], {
        cwd: folder,
        reject: false,
      });
      // promtool fails because it expected no alert, and prints those that fire.
      const fires = exitCode !== 0;
      assert.ok(!fires || /got:\[[\s\S]*Labels:/.test(stdout + stderr), stdout + stderr);
      firing.push(...(fires ? [alertname] : []));
    }
    return firing;
  }

  const series = (metric: string, { namespace, cronjob } = labels) =>
    `${metric}{namespace="${namespace}",cronjob="${cronjob}"}`;
  const lastSuccess = "kube_cronjob_status_last_successful_time";

  it("are rules that Prometheus accepts", async () => {
    await alertsAt(hour, {});
    const { stdout } = await execa("promtool", ["check", "rules", "rules.yaml"], { cwd: folder });
    assert.match(stdout, /2 rules found/);
  });

  for (const [age, expected] of [
    [30, []],
    [32, ["PostgresqlBackupTooOld"]],
  ] as const) {
    it(`${expected.length > 0 ? "fire" : "are silent"} ${age} hours after the last success`, async () => {
      const metrics = { [series("kube_cronjob_created")]: 0, [series(lastSuccess)]: hour };
      assert.deepEqual(await alertsAt((age + 1) * hour, metrics), expected);
    });

    it(`${expected.length > 0 ? "fire" : "are silent"} ${age} hours after the CronJob was created, without a success`, async () => {
      const metrics = { [series("kube_cronjob_created")]: 0, [series(lastSuccess, other)]: 0 };
      const never = expected.length > 0 ? ["PostgresqlBackupNeverSucceeded"] : [];
      assert.deepEqual(await alertsAt(age * hour, metrics), never);
    });
  }

  it("allow for the pauses in the schedule", async () => {
    const metrics = { [series(lastSuccess)]: 0 };
    assert.deepEqual(await alertsAt(5 * 24 * hour, metrics, "@weekly"), []);
    assert.deepEqual(await alertsAt(8 * 24 * hour, metrics, "@weekly"), ["PostgresqlBackupTooOld"]);
  });

  it("are silent about other CronJobs", async () => {
    const metrics = { [series("kube_cronjob_created", other)]: 0 };
    assert.deepEqual(await alertsAt(99 * hour, metrics), []);
  });
});
