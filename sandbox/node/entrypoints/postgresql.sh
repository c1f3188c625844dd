#!/bin/sh
# Entrypoint of the PostgreSQL image for the chart in sandbox/charts. The first start creates the user and the database
# and sets the passwords. Later starts do not read the passwords again.
set -eu
umask 077
folder=/bitnami/postgresql
data=$folder/data
sockets=/tmp
if [ ! -d "$data" ]; then
  # Left by a first start that was interrupted.
  rm -rf "$folder/new"
  printf '%s' "$POSTGRES_POSTGRES_PASSWORD" >/tmp/password
  initdb --pgdata="$folder/new" --username=postgres --pwfile=/tmp/password --encoding=UTF8 --no-locale \
    --auth-local=peer --auth-host=scram-sha-256 --no-sync >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$folder/new/pg_hba.conf"
  pg_ctl --pgdata="$folder/new" --silent --wait start -o "-c listen_addresses='' -k $sockets"
  psql --host="$sockets" --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\getenv user POSTGRES_USER
\getenv database POSTGRES_DATABASE
\getenv password POSTGRES_PASSWORD
CREATE USER :"user" PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"user";
SQL
  pg_ctl --pgdata="$folder/new" --silent --wait --mode=fast stop
  mv "$folder/new" "$data"
fi
# The volume's group may write to it, and PostgreSQL refuses to start with that.
chmod 700 "$data"
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories="$sockets"
