import { PostgresqlExternal, RedisExternal, StackConfig } from "./config.generated";
import { ConfigFault } from "./configFault";

/** An external server as far as PostgreSQL and Redis have the same keys. */
type Server = Pick<PostgresqlExternal & RedisExternal, "username" | "password" | "secret">;

/** Whether the Secret of a server holds its whole URL, rather than only a user name or a password. */
export function hasUrlInSecret({ secret }: Server): boolean {
  return secret !== undefined && secret.usernameKey === undefined && secret.passwordKey === undefined;
}

/** The key of a Secret that holds the whole URL. CloudNativePG calls it `uri`. */
export function urlKey({ secret }: Server): string {
  return secret?.key ?? "uri";
}

/**
 * An external PostgreSQL with the defaults of its stack: unless the stack file sets `sslMode`, a guarded stack checks the
 * server's certificate. A waiver of `external-databases` leaves that to the team.
 */
export function withStackDefaults(server: PostgresqlExternal, { tier, waivers }: StackConfig): PostgresqlExternal {
  const isGuarded = tier === undefined && waivers?.["external-databases"] === undefined;
  if (server.sslMode !== undefined || !isGuarded) {
    return server;
  }
  const namesCa = server.ca !== undefined || server.parameters?.sslrootcert !== undefined;
  return { ...server, sslMode: "verify-full", ...(!namesCa && { ca: "system" }) };
}

/** Finds where an external server has no login, or more than one, or settings that contradict each other. */
export function externalFaults({ app, postgresql, redis }: StackConfig): ConfigFault[] {
  const faults: ConfigFault[] = [];
  if (postgresql.external) {
    const server = postgresql.external;
    const variables = ["DATABASE_URL", "PGSSLMODE", "PGSSLROOTCERT"];
    faults.push(
      ...loginFaults("postgresql", server, { required: ["host", "username", "database", "password"] }),
      ...parameterFaults("postgresql", server, postgresqlKeys),
      ...verificationFaults(server),
      ...(hasUrlInSecret(server) ? variableFaults("postgresql", variables, app) : []),
    );
  }
  if (redis.external) {
    const server = redis.external;
    faults.push(
      ...loginFaults("redis", server, { required: ["host"], inUrl: ["tls"] }),
      ...parameterFaults("redis", server, redisKeys),
      ...(hasUrlInSecret(server) ? variableFaults("redis", ["REDIS_URL"], app) : []),
      ...(server.ca && !server.tls && !hasUrlInSecret(server)
        ? [
            {
              path: "redis.external.ca",
              problem: "needs redis.external.tls: true: without TLS, no certificate is checked",
            },
          ]
        : []),
    );
  }
  return faults;
}

type Key = "postgresql" | "redis";

/**
 * @param required What a server needs without a Secret.
 * @param inUrl What else the URL in a Secret says.
 */
function loginFaults(
  key: Key,
  server: PostgresqlExternal | RedisExternal,
  { required, inUrl = [] }: { required: string[]; inUrl?: string[] },
): ConfigFault[] {
  const path = `${key}.external`;
  const isSet = (name: string) => (server as Record<string, unknown>)[name] !== undefined;
  const refused = (names: string[], reason: string) =>
    names.filter(isSet).map((name) => ({ path: `${path}.${name}`, problem: `must not be set: ${reason}` }));
  const missing = (names: string[], hint: (name: string) => string = () => "") =>
    names
      .filter((name) => !isSet(name))
      .map((name) => ({ path: `${path}.${name}`, problem: `is missing${hint(name)}` }));
  const { secret } = server;
  if (secret === undefined) {
    const hint = `; set it, or name the Secret that holds it in ${path}.secret`;
    return missing(required, (name) => (name === "password" ? hint : ""));
  }
  if (hasUrlInSecret(server)) {
    const parts = ["host", "username", "database", "password", "parameters", ...inUrl];
    return refused(parts, `it is part of the URL in ${path}.secret`);
  }
  const { usernameKey, passwordKey } = secret;
  const others = required.filter((name) => name !== "password" && (name !== "username" || usernameKey === undefined));
  return [
    ...missing(others, (name) => (name === "username" ? `; set it, or ${path}.secret.usernameKey` : "")),
    ...(usernameKey === undefined ? [] : refused(["username"], `${path}.secret.usernameKey takes it from the Secret`)),
    ...refused(["password"], `${path}.secret.passwordKey takes it from the Secret`),
    ...(passwordKey === undefined ? [{ path: `${path}.secret.passwordKey`, problem: "is missing" }] : []),
    ...(secret.key === undefined
      ? []
      : [
          {
            path: `${path}.secret.key`,
            problem: "must not be set next to usernameKey or passwordKey: it holds a whole URL",
          },
        ]),
  ];
}

/** URL parameters that have a key of their own in the config. */
const postgresqlKeys: Record<string, string> = {
  host: "host",
  port: "port",
  user: "username",
  password: "password",
  dbname: "database",
  sslmode: "sslMode",
};
const redisKeys: Record<string, string> = {
  host: "host",
  port: "port",
  username: "username",
  password: "password",
  db: "database",
};

function parameterFaults(
  key: Key,
  { ca, parameters = {} }: PostgresqlExternal | RedisExternal,
  keys: Record<string, string>,
): ConfigFault[] {
  const caParameter = key === "postgresql" ? "sslrootcert" : "ssl_ca_certs";
  const reserved = ca === undefined ? keys : { ...keys, [caParameter]: "ca" };
  return Object.keys(parameters)
    .filter((name) => name in reserved)
    .map((name) => ({
      path: `${key}.external.parameters.${name}`,
      problem: `must not be set: use ${key}.external.${reserved[name]}`,
    }));
}

function verificationFaults({ ca, sslMode = "verify-full" }: PostgresqlExternal): ConfigFault[] {
  const accepted = ca === "system" ? ["verify-full"] : ["verify-ca", "verify-full"];
  return ca === undefined || accepted.includes(sslMode)
    ? []
    : [
        {
          path: "postgresql.external.sslMode",
          problem: `found "${sslMode}", accepted with postgresql.external.ca: ${accepted.join(", ")}`,
        },
      ];
}

/** Variables that the program adds to `app.extraEnv` itself. */
function variableFaults(key: Key, names: string[], { extraEnv = [] }: StackConfig["app"]): ConfigFault[] {
  return extraEnv.flatMap(({ name }, index) =>
    names.includes(String(name))
      ? [{ path: `app.extraEnv[${index}]`, problem: `must not set ${String(name)}: it comes from ${key}.external` }]
      : [],
  );
}
