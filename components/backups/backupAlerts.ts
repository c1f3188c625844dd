import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PostgresqlBackup } from "../config/config.generated";
import { defaultDeadlineSeconds, startingDeadlineSeconds } from "./backupCronJob";
import { longestGap } from "./schedule";

/** Arguments of {@link backupAlerts}. */
export interface BackupAlertsArgs {
  releaseName: string;
  /** Namespace of the CronJob and of the rule. It must exist. */
  namespace: pulumi.Input<string>;
  backup: PostgresqlBackup;
  /** Labels by which Prometheus selects its rules. */
  labels: Record<string, string>;
}

/**
 * Alerts on a CronJob whose last success is too old, or that has never succeeded: the PrometheusRule `<releaseName>-backup`.
 * It needs the Prometheus operator, and the metrics of kube-state-metrics
 * (https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/cronjob-metrics.md).
 */
export function backupAlerts(
  { releaseName, namespace, backup, labels }: BackupAlertsArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const name = `${releaseName}-backup`;
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      // The API server drops empty labels, and then takes those of every later deployment for a change.
      metadata: { name, namespace, ...(Object.keys(labels).length > 0 && { labels }) },
      spec: {
        groups: [
          { name, rules: pulumi.output(namespace).apply((name) => rules(`${releaseName}-backup`, name, backup)) },
        ],
      },
    },
    { ...opts, protect: false },
  );
}

/** The alerting rules (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/). */
function rules(cronJob: string, namespace: string, backup: PostgresqlBackup) {
  const { schedule, deadlineSeconds = defaultDeadlineSeconds } = backup;
  // A run that starts as late and takes as long as it may is no reason to wake anyone.
  const seconds = longestGap(schedule) * 24 * 3600 + startingDeadlineSeconds + deadlineSeconds;
  const hours = Math.round(seconds / 3600);
  const selector = `{namespace="${namespace}",cronjob="${cronJob}"}`;
  const lastSuccess = `kube_cronjob_status_last_successful_time${selector}`;
  const labels = { severity: "critical" };
  const whatToDo = `Read the log of its last Job: kubectl logs -n ${namespace} -l app.kubernetes.io/name=postgresql-backup --all-containers`;
  return [
    {
      alert: "PostgresqlBackupTooOld",
      expr: `time() - ${lastSuccess} > ${seconds}`,
      labels,
      annotations: {
        summary: `The last good backup by the CronJob ${namespace}/${cronJob} is more than ${hours} hours old.`,
        description: whatToDo,
      },
    },
    {
      alert: "PostgresqlBackupNeverSucceeded",
      expr: `time() - kube_cronjob_created${selector} > ${seconds} unless on (namespace, cronjob) ${lastSuccess}`,
      labels,
      annotations: {
        summary: `The CronJob ${namespace}/${cronJob} has not made a single backup in ${hours} hours.`,
        description: whatToDo,
      },
    },
  ];
}
