/** The two values by which a chart's user changes the name of its objects. */
export interface NameOverrides {
  nameOverride?: string;
  fullnameOverride?: string;
}

/**
 * The full name that a chart gives to its objects. It is the rule of `helm create`, which the flask-app chart and the
 * Bitnami charts share: `fullnameOverride`; else the release's name, if it contains the chart's; else both, joined.
 *
 * @param releaseName Name of the Helm release.
 * @param chartName Name of the chart, as in its Chart.yaml.
 * @returns A DNS label of at most 63 characters.
 */
export function helmFullname(releaseName: string, chartName: string, overrides: NameOverrides = {}): string {
  const name = overrides.nameOverride || chartName;
  const fullname = overrides.fullnameOverride || (releaseName.includes(name) ? releaseName : `${releaseName}-${name}`);
  return fullname.slice(0, 63).replace(/-$/, "");
}

/**
 * DNS name of a Service, as every pod of the cluster resolves it.
 *
 * @param service Name of the Service.
 * @param namespace Namespace that the Service is in.
 */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
