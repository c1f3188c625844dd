/** Parameters of a connection URL by name. Those without a value are left out. */
export type UrlParameters = Record<string, string | number | boolean | undefined>;

/** The parts of a PostgreSQL connection URL in plain text, not percent-encoded. */
export interface PostgresqlUrlParts {
  username: string;
  password: string;
  /** DNS name or IPv4 address. */
  host: string;
  port: number;
  database: string;
  /** libpq's `sslmode`; default: left out of the URL. */
  sslMode?: string;
  /** Further parameters (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS). */
  parameters?: UrlParameters;
}

/** The parts of a Redis connection URL in plain text, not percent-encoded. */
export interface RedisUrlParts {
  /** ACL user; left out for Redis's default user. */
  username?: string;
  /** Left out for a Redis without a password. */
  password?: string;
  /** DNS name or IPv4 address. */
  host: string;
  port: number;
  /** Number of the Redis database, from 0. */
  database: number;
  /** Use TLS, with the scheme `rediss`. */
  tls?: boolean;
  /** Parameters as redis-py reads them (https://redis.readthedocs.io/en/stable/connections.html). */
  parameters?: UrlParameters;
}

/**
 * Builds a PostgreSQL connection URL as libpq, psycopg and SQLAlchemy read it
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS).
 *
 * @returns `postgresql://user:password@host:port/database[?sslmode=…&…]`, each part percent-encoded (RFC 3986).
 */
export function postgresqlUrl(parts: PostgresqlUrlParts): string {
  const user = `${percentEncode(parts.username)}:${percentEncode(parts.password)}`;
  const query = queryOf({ sslmode: parts.sslMode, ...parts.parameters });
  return `postgresql://${user}@${parts.host}:${parts.port}/${percentEncode(parts.database)}${query}`;
}

/**
 * Builds a Redis connection URL as redis-py reads it
 * (https://www.iana.org/assignments/uri-schemes/prov/redis, …/rediss).
 *
 * @returns `redis[s]://[[username]:password@]host:port/database[?…]`, each part percent-encoded (RFC 3986).
 */
export function redisUrl(parts: RedisUrlParts): string {
  const { username = "", password = "", host, port, database } = parts;
  const user = username || password ? `${percentEncode(username)}:${percentEncode(password)}@` : "";
  return `redis${parts.tls ? "s" : ""}://${user}${host}:${port}/${database}${queryOf(parts.parameters ?? {})}`;
}

function queryOf(parameters: UrlParameters): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(String(value))}`).join("&");
  return query && `?${query}`;
}

/** Percent-encodes everything but the unreserved characters of RFC 3986; `encodeURIComponent` leaves five more. */
function percentEncode(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
