#!/bin/bash
# Entrypoint of the image that stands in for docker.io/bitnamilegacy/postgresql. It follows the contract of that image,
# as far as the Bitnami chart uses it:
#
# - The configuration is outside of the volume, and is written at each start. The data folder has no configuration files.
# - The first start creates the role POSTGRES_USER, which may create databases, and its database POSTGRES_DATABASE. The
#   superuser is `postgres`, with the password POSTGRES_POSTGRES_PASSWORD.
# - Later starts do not read the passwords again.
set -Eeuo pipefail
umask 077

export PGDATA
configuration=/opt/bitnami/postgresql/conf
files="-c config_file=$configuration/postgresql.conf -c hba_file=$configuration/pg_hba.conf"

write_configuration() {
  cat >"$configuration/postgresql.conf" <<'CONFIGURATION'
listen_addresses = '*'
unix_socket_directories = '/tmp'
CONFIGURATION
  cat >"$configuration/pg_hba.conf" <<HBA
host all all 0.0.0.0/0 md5
host all all ::/0 md5
local all all $1
HBA
}

initialize() {
  NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group LD_PRELOAD=libnss_wrapper.so initdb --username=postgres
  rm "$PGDATA/postgresql.conf" "$PGDATA/pg_hba.conf"
  write_configuration trust
  pg_ctl --silent --wait -o "$files -c listen_addresses=''" start
  psql --host=/tmp --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv superuser_password POSTGRES_POSTGRES_PASSWORD
\getenv role POSTGRES_USER
\getenv password POSTGRES_PASSWORD
\getenv database POSTGRES_DATABASE
ALTER ROLE postgres PASSWORD :'superuser_password';
CREATE ROLE :"role" LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
\connect :"database"
ALTER SCHEMA public OWNER TO :"role";
SQL
  pg_ctl --silent --wait --mode=fast stop
}

# initdb refuses a user that has no name.
echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" >/tmp/passwd
echo "postgres:x:$(id -g):" >/tmp/group
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
if [ -z "$(ls -A "$PGDATA")" ]; then
  initialize
fi
write_configuration md5
# shellcheck disable=SC2086
exec postgres $files
