/** The two values that change the names of a chart's objects. */
export interface NameOverrides {
  nameOverride?: string;
  fullnameOverride?: string;
}

/**
 * The full name that a chart gives its objects. The rule comes from `helm create`, and the flask-app chart and the Bitnami
 * charts follow it: `fullnameOverride`; else the release's name, if it contains the chart's; else both, joined.
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

/** DNS name of a Service, which every pod in the cluster resolves. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
