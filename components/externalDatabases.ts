import * as pulumi from "@pulumi/pulumi";
import {
  CaCertificate,
  FlaskAppValues,
  NetworkPeer,
  PostgresqlExternal,
  RedisExternal,
} from "./config/config.generated";
import { hasUrlInSecret, urlKey } from "./config/externalServers";
import { postgresqlUrl, redisUrl, UrlParameters } from "./connectionUrl";
import { Database, EgressRule } from "./database";

/** Content of a Secret in plain text, by key. */
export type SecretContent = Record<string, string>;

/**
 * An existing PostgreSQL server. Nothing is created for it.
 *
 * @param server Its address and login. The port defaults to 5432. With `ca`, `sslMode` defaults to `verify-full`.
 * @param secret Content of `server.secret`. Without it, placeholders take the place of the user name and the password, and
 *   the app's pods do not restart when the Secret changes.
 */
export function externalPostgresql(server: PostgresqlExternal, secret?: SecretContent): Database {
  const { host = "", port = 5432, database = "", ca, sslMode = ca && "verify-full" } = server;
  const rootCert = ca && caFile("postgresql", ca);
  const egress = egressTo(server, port);
  const caVolume = ca && ca !== "system" ? mountedCa("postgresql", ca) : {};
  if (hasUrlInSecret(server)) {
    // The URL is not the program's own, but libpq takes from its environment what the URL leaves open.
    const tls = Object.entries({ PGSSLMODE: sslMode, PGSSLROOTCERT: rootCert });
    const variables = tls.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
    return withUrlInSecret("DATABASE_URL", server, secret, egress, {
      ...caVolume,
      extraEnv: variables,
    });
  }
  const parameters = { ...(rootCert !== undefined && { sslrootcert: rootCert }), ...server.parameters };
  const login = { username: usernameOf(server, secret) ?? "", password: passwordOf(server, secret) ?? "" };
  const url = postgresqlUrl({ ...login, host, port, database, sslMode, parameters });
  return { host: pulumi.output(host), url: pulumi.secret(url), egress, podValues: caVolume };
}

/**
 * An existing Redis server. Nothing is created for it.
 *
 * @param server Its address and login. The port defaults to 6379, the database to 0.
 * @param secret See {@link externalPostgresql}.
 */
export function externalRedis(server: RedisExternal, secret?: SecretContent): Database {
  const { host = "", port = 6379, database = 0, tls, ca } = server;
  const egress = egressTo(server, port);
  const caVolume = ca ? mountedCa("redis", ca) : {};
  if (hasUrlInSecret(server)) {
    return withUrlInSecret("REDIS_URL", server, secret, egress, caVolume);
  }
  const parameters: UrlParameters = { ...(ca && { ssl_ca_certs: caFile("redis", ca) }), ...server.parameters };
  const login = { username: usernameOf(server, secret), password: passwordOf(server, secret) };
  const url = redisUrl({ ...login, host, port, database, tls, parameters });
  return { host: pulumi.output(host), url: pulumi.secret(url), egress, podValues: caVolume };
}

/** The parts of an external server's config that say how to log in. */
type Login = Pick<PostgresqlExternal & RedisExternal, "username" | "password" | "secret">;

function usernameOf({ username, secret }: Login, content?: SecretContent): string | undefined {
  return secret?.usernameKey === undefined ? username : valueIn(secret.name, secret.usernameKey, content);
}

function passwordOf({ password, secret }: Login, content?: SecretContent): string | undefined {
  return secret?.passwordKey === undefined ? password : valueIn(secret.name, secret.passwordKey, content);
}

function valueIn(name: string, key: string, content: SecretContent = {}): string {
  return content[key] ?? `${key} of ${name}`;
}

/** A server whose URL the app's pods take from a Secret, so that it is in neither Pulumi's state nor the app's own Secret. */
function withUrlInSecret(
  variable: string,
  server: Login,
  content: SecretContent | undefined,
  egress: EgressRule,
  { extraEnv = [], ...volume }: PodValues,
): Database {
  const key = urlKey(server);
  const value = content?.[key];
  const secretKeyRef = { name: server.secret!.name, key };
  return {
    urlInSecret: value === undefined ? undefined : pulumi.secret(value),
    egress,
    podValues: { ...volume, extraEnv: [{ name: variable, valueFrom: { secretKeyRef } }, ...extraEnv] },
  };
}

type PodValues = Pick<FlaskAppValues, "extraEnv" | "extraVolumes" | "extraVolumeMounts">;

const caFolder = (database: string) => `/etc/flask-app/${database}-ca`;

/** What a client gets as the file with the CA's certificate. libpq knows `system`. */
function caFile(database: string, ca: "system" | CaCertificate): string {
  return ca === "system" ? ca : `${caFolder(database)}/ca.crt`;
}

/** Mounts only the certificate: the Secret of a CA may also hold its private key. */
function mountedCa(database: string, { secretName, key = "ca.crt" }: CaCertificate): PodValues {
  const name = `${database}-ca`;
  return {
    extraVolumes: [{ name, secret: { secretName, items: [{ key, path: "ca.crt" }] } }],
    extraVolumeMounts: [{ name, mountPath: caFolder(database), readOnly: true }],
  };
}

function egressTo({ cidrs, peers = [] }: { cidrs?: string[]; peers?: NetworkPeer[] }, port: number): EgressRule {
  const networks = cidrs ?? (peers.length > 0 ? [] : ["0.0.0.0/0"]);
  return { to: [...networks.map((cidr) => ({ ipBlock: { cidr } })), ...peers], ports: [{ port, protocol: "TCP" }] };
}
