import { PostgresqlBackup } from "../../config/config.generated";
import { check, Rail, RailFault } from "./rail";
import { longestGap } from "./schedule";

/** Days between two backups at most, and that a backup is kept at least: a week, so that a mistake is noticed in time. */
const week = 7;

export const dataKept: Rail = {
  name: "data-kept",
  description: "Databases in the cluster are protected from `pulumi destroy`, and PostgreSQL has backups that help.",
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
  inConfig: ({ postgresql: { external: postgresql }, redis: { external: redis } }) => {
    const { sslMode } = postgresql ?? {};
    const inTransit = "without TLS, passwords and data can be read in transit";
    const accepted = `require, verify-ca, verify-full: ${inTransit}`;
    return [
      ...check(!postgresql || /require|verify/.test(sslMode ?? ""), "postgresql.external.sslMode", sslMode, accepted),
      ...check(!redis || redis.tls === true, "redis.external.tls", redis?.tls, `true: ${inTransit}`),
      ...check(
        !redis || Boolean(redis.password),
        "redis.external.password",
        undefined,
        "a password: without one, anyone who reaches the server reads its data",
      ),
    ];
  },
};
