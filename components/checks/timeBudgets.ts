import { withChartDefaults } from "../config/chartValues";
import { StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";

/**
 * Finds times that the app's values allow, but that are longer than a release may take. Helm would roll back an upgrade that
 * is still within them.
 *
 * @returns A fault of `timeoutSeconds` for each.
 */
export function timeFaults({ app, timeoutSeconds }: StackConfig): ConfigFault[] {
  const { healthCheck, migration } = withChartDefaults(app);
  const { enabled, initialDelaySeconds, periodSeconds, failureThreshold } = healthCheck.startupProbe;
  const start = enabled ? initialDelaySeconds + periodSeconds * failureThreshold : 0;
  return [
    ...fault(timeoutSeconds, start, "app.healthCheck.startupProbe gives the app that long to start"),
    ...fault(
      timeoutSeconds,
      migration.enabled ? migration.activeDeadlineSeconds : 0,
      "app.migration.activeDeadlineSeconds gives the migration that long",
    ),
  ];
}

function fault(timeoutSeconds: number, seconds: number, reason: string): ConfigFault[] {
  const problem = `found ${timeoutSeconds}, accepted: at least ${seconds}, because ${reason}`;
  return seconds > timeoutSeconds ? [{ path: "timeoutSeconds", problem }] : [];
}
