#!/bin/sh
# A PostgreSQL as the stand-in chart wants it: on its first start it makes the user and the database, and takes the
# passwords, of which it later reads none again.
set -eu
umask 077
folder=/bitnami/postgresql
data=$folder/data
sockets=/tmp
if [ ! -d "$data" ]; then
  # What a start that was cut off has left.
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
# The group that a volume is given to may write to it, which PostgreSQL refuses.
chmod 700 "$data"
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories="$sockets"
