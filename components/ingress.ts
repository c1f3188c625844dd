import { FlaskAppValues } from "./config/config.generated";

type Ingress = NonNullable<FlaskAppValues["ingress"]>;

/** Whether an Ingress has a certificate for a host, of its own or with a wildcard. */
export function hasCertificate({ tls = [] }: { tls?: { hosts?: string[] }[] }, host: string): boolean {
  const wildcard = host.replace(/^[^.]+/, "*");
  return tls.some(({ hosts = [] }) => hosts.includes(host) || hosts.includes(wildcard));
}

/** URL of an Ingress's first host, https if it has a certificate; undefined if there is no Ingress. */
export function ingressUrl(ingress: Ingress = {}): string | undefined {
  const first = ingress.enabled ? ingress.hosts?.[0] : undefined;
  return first && `${hasCertificate(ingress, first.host) ? "https" : "http"}://${first.host}${first.paths[0].path}`;
}
