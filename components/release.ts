import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { releaseChart } from "./chartSource";
import { ChartSource } from "./config/config.generated";

/** Which release a component deploys, and where. */
export interface ReleaseTarget {
  /** Name of the Helm release: a DNS label of at most 53 characters. */
  releaseName: string;
  /** Namespace of the release. It must exist. */
  namespace: pulumi.Input<string>;
  /** Seconds that the release may take to become ready. */
  timeoutSeconds: number;
}

/** Arguments of {@link helmRelease}. */
export interface HelmReleaseArgs extends ReleaseTarget {
  chart: ChartSource;
  /** Values of the chart. They must not hold a secret: Helm keeps them in plain text in its record of the release. */
  values: Record<string, unknown>;
  /** Roll back an upgrade that is not ready in time, and uninstall a first install that is not. Default: false. */
  atomic?: boolean;
}

/**
 * A Helm release with the settings that all releases of this project share. The resource is named after the release.
 *
 * @throws {Refusal} If the chart is a local folder that cannot be read or has another version.
 */
export function helmRelease(args: HelmReleaseArgs, opts: pulumi.CustomResourceOptions): k8s.helm.v3.Release {
  const { releaseName, namespace, timeoutSeconds, chart, values, atomic } = args;
  return new k8s.helm.v3.Release(
    releaseName,
    {
      name: releaseName,
      namespace,
      ...releaseChart(chart),
      timeout: timeoutSeconds,
      atomic,
      // Helm keeps every revision forever by default, each in a Secret.
      maxHistory: 10,
      // By default, the provider leaves out what is null, which in Helm removes a chart's default.
      ...(hasNull(values) && { allowNullValues: true }),
      values,
    },
    // A release's name is unique in its namespace, so the old one has to go first.
    { ...opts, deleteBeforeReplace: true },
  );
}

/** Whether values hold null somewhere. Outputs are not searched. */
function hasNull(value: unknown): boolean {
  const isSearched = typeof value === "object" && value !== null && !pulumi.Output.isInstance(value);
  return value === null || (isSearched && Object.values(value).some(hasNull));
}
