import { FlaskAppValues } from "./config/config.generated";

type Ingress = NonNullable<FlaskAppValues["ingress"]>;

/** Whether an Ingress has a certificate for a host, of its own or with a wildcard. */
export function hasCertificate({ tls }: { tls?: { hosts?: string[] }[] }, host: string): boolean {
  const wildcard = host.replace(/^[^.]+/, "*");
  return (tls ?? []).some(({ hosts = [] }) => hosts.includes(host) || hosts.includes(wildcard));
}

/**
 * URL of an Ingress's first host that is no wildcard, https if it has a certificate; undefined if there is none. If the path
 * is a regular expression, what stands before it.
 */
export function ingressUrl(ingress: Ingress = {}): string | undefined {
  const named = (ingress.enabled ? ingress.hosts : undefined)?.find(({ host }) => !host.startsWith("*"));
  if (!named) {
    return undefined;
  }
  const path = named.paths[0].path.replace(/\.?[[\](){}|*+?^$\\].*/, "") || "/";
  return `${hasCertificate(ingress, named.host) ? "https" : "http"}://${named.host}${path}`;
}
