import { longestGap } from "../../backups/schedule";
import { PostgresqlBackup, PostgresqlExternal, RedisExternal, StackConfig } from "../../config/config.generated";
import { hasUrlInSecret, withStackDefaults } from "../../config/externalServers";
import { claimsNotKept } from "./claims";
import { check, No, Rail, RailFault } from "./rail";

/** Days between two backups at most, and that a backup is kept at least: a week, so that a mistake is noticed in time. */
const week = 7;

export const dataKept: Rail = {
  name: "data-kept",
  description:
    "Databases in the cluster are protected from `pulumi destroy`, every volume outlives its release, and PostgreSQL has backups that help.",
  inConfig: ({ protect, postgresql, redis }) => {
    const databases = Object.entries({ postgresql, redis }).filter(([, { inCluster }]) => inCluster);
    const names = databases.map(([key]) => key).join(" and ");
    const destroyed = `true: pulumi destroy would delete the data of ${names}, which is in the cluster`;
    const path = "postgresql.inCluster.backup";
    const none = "schedule, keepDays and storage: without a backup, data deleted by mistake is lost";
    const { backup } = postgresql.inCluster ?? {};
    return [
      ...check(!names || protect, "protect", protect, destroyed),
      ...check(!postgresql.inCluster || backup !== undefined, path, undefined, none),
      ...(backup ? uselessBackup(path, backup) : []),
    ];
  },
  inManifests: claimsNotKept,
};

function uselessBackup(path: string, { schedule, keepDays }: PostgresqlBackup): RailFault[] {
  const gap = longestGap(schedule);
  const least = Math.max(week, 2 * gap);
  return gap > week
    ? check(false, `${path}.schedule`, schedule, "one that runs every week: all data since the last run is lost")
    : check(
        keepDays >= least,
        `${path}.keepDays`,
        keepDays,
        `at least ${least}: a mistake that is noticed later would be in every backup`,
      );
}

export const dataUnchanged: Rail = {
  name: "data-unchanged",
  description: "No deployment replaces a database's data.",
  inConfig: ({ allowDataChange = false }) =>
    check(
      !allowDataChange,
      "allowDataChange",
      allowDataChange,
      "false: a later change would lose data without a word. For one deployment, waive this rail until today",
    ),
};

export const externalDatabases: Rail = {
  name: "external-databases",
  description: "External databases are reached over TLS, with a password.",
  inConfig: (config, urls) => {
    const { external: postgresql } = config.postgresql;
    const { external: redis } = config.redis;
    return [
      ...(postgresql ? plainPostgresql(postgresql, config, urls.postgresql) : []),
      ...(redis ? plainRedis(redis, urls.redis) : []),
    ];
  },
};

const inTransit = "without TLS, passwords and data can be read in transit";

function plainPostgresql(server: PostgresqlExternal, config: StackConfig, url?: string): RailFault[] {
  const inUrl = /[?&]sslmode=([^&]*)/.exec(url ?? "")?.[1];
  const [path, sslMode] =
    inUrl === undefined
      ? ["postgresql.external.sslMode", withStackDefaults(server, config).sslMode]
      : ["postgresql.external.secret", `sslmode=${inUrl}`];
  return check(/require|verify/.test(sslMode ?? ""), path, sslMode, `require, verify-ca, verify-full: ${inTransit}`);
}

function plainRedis(server: RedisExternal, url?: string): RailFault[] {
  const { tls, password, secret } = server;
  const noPassword = "a password: without one, anyone who reaches the server reads its data";
  if (hasUrlInSecret(server)) {
    const path = "redis.external.secret";
    return url === undefined
      ? []
      : [
          ...check(url.startsWith("rediss://"), path, "redis://", `a URL that begins with rediss://: ${inTransit}`),
          ...check(/^\w+:\/\/[^/@]*:[^/@]+@/.test(url), path, new No("password in the URL"), noPassword),
        ];
  }
  return [
    ...check(tls === true, "redis.external.tls", tls, `true: ${inTransit}`),
    ...check(Boolean(password ?? secret?.passwordKey), "redis.external.password", undefined, noPassword),
  ];
}
