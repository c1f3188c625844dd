import { largeObjectsSql } from "./backups/largeObjectsSql";
import { waitForServer } from "./waitForServer";

/**
 * Name of the role that makes backups: it reads everything and writes nothing.
 *
 * @param username Name of the app's role.
 * @returns At most 63 characters, PostgreSQL's limit.
 */
export function backupRole(username: string): string {
  return `${username.slice(0, 56)}_backup`;
}

/**
 * SQL for psql, with the variables `role` and `database`, which makes the app's role and its database what they should be.
 * It starts in the database `postgres` and is idempotent.
 */
const roleAndDatabase = String.raw`
-- With a newer C library, CREATE DATABASE fails until this is done. No index in these two databases depends on it.
SELECT format('ALTER DATABASE %I REFRESH COLLATION VERSION', datname)
  FROM pg_database
  WHERE datname IN ('template1', 'postgres') AND datcollversion <> pg_database_collation_actual_version(oid) \gexec

SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
\connect :database
-- The database's owner could have set it, to run functions of its own as the superuser.
SET search_path = pg_catalog, pg_temp;

-- Another ordinary role that owns the database is the app's former user.
SELECT format('REASSIGN OWNED BY %I TO %I', rolname, :'role'),
       format('REVOKE ALL ON DATABASE %I FROM %I', :'database', rolname)
  FROM pg_roles
  WHERE NOT rolsuper AND rolname NOT IN (:'role', 'pg_database_owner') AND oid IN (
    SELECT datdba FROM pg_database WHERE datname = :'database'
    UNION SELECT nspowner FROM pg_namespace WHERE nspname = 'public') \gexec
ALTER DATABASE :"database" OWNER TO :"role";
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
SELECT 'ALTER SCHEMA public OWNER TO pg_database_owner', 'REVOKE CREATE ON SCHEMA public FROM PUBLIC'
  FROM pg_namespace WHERE nspname = 'public' \gexec
`;

/** SQL for psql, with the variables `backup_role` and `database`. It runs after {@link roleAndDatabase}. */
const roleOfBackups = String.raw`
SELECT format('CREATE ROLE %I', :'backup_role')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'backup_role') \gexec
ALTER ROLE :"backup_role" WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE :"backup_role" SET default_transaction_read_only = on;
GRANT pg_read_all_data TO :"backup_role";
GRANT CONNECT ON DATABASE :"database" TO :"backup_role";
`;

/** SQL for psql, with the variable `backup_role`: without backups, that role of an earlier configuration cannot log in. */
const noRoleOfBackups = String.raw`
SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles WHERE rolname = :'backup_role' \gexec
`;

/**
 * Shell script that makes the app's role and its database what they should be, and sets the role's password. It reads
 * libpq's variables for the superuser's login, ROLE, DATABASE, NEW_PASSWORD and BACKUP_ROLE, and for backups
 * BACKUP_PASSWORD.
 *
 * The app's role may create functions in its database. With a search path of its own, the superuser calls none of them
 * (https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058:_Protect_Your_Search_Path).
 *
 * psql's own `\password` hashes the password before it sends it, so it cannot appear in a server log. It asks twice, and
 * reads stdin where there is no terminal.
 *
 * @param withBackups Whether there is a role for backups.
 */
export function setupScript(withBackups: boolean): string {
  const sql = roleAndDatabase + (withBackups ? roleOfBackups + largeObjectsSql : noRoleOfBackups);
  return `set -e
${waitForServer}
PGOPTIONS="-c search_path=pg_catalog" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=role="$ROLE" --set=database="$DATABASE" \\
  --set=backup_role="$BACKUP_ROLE" <<'SQL'${sql}SQL
${setPassword("ROLE", "NEW_PASSWORD")}${withBackups ? setPassword("BACKUP_ROLE", "BACKUP_PASSWORD") : ""}`;
}

/** The arguments are names of environment variables. */
function setPassword(role: string, password: string): string {
  return `printf '%s\\n%s\\n' "$${password}" "$${password}" | psql --no-psqlrc --command="\\\\password $${role}"\n`;
}
