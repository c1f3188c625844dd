#!/bin/bash
# Entrypoint of the image that stands in for docker.io/library/postgres. It follows the contract of that image
# (https://hub.docker.com/_/postgres), with its traps:
#
# - Arguments that begin with a dash are options of `postgres`.
# - It initializes $PGDATA unless PG_VERSION is there. So it never finishes an initialization that was interrupted.
# - POSTGRES_USER is the superuser. POSTGRES_DB is a database; POSTGRES_DATABASE has no meaning.
# - Later starts do not read these variables again.
# - pg_hba.conf in $PGDATA trusts the socket and 127.0.0.1. Other addresses need the password.
set -Eeuo pipefail

export PGDATA
superuser=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$superuser}

create_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  # The volume's group may write to it, and PostgreSQL refuses to start with that.
  chmod 700 "$PGDATA" || true
}

is_initialized() {
  [ -s "$PGDATA/PG_VERSION" ]
}

# Arguments: options of the server.
initialize() {
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'Error: set POSTGRES_PASSWORD to the password of the superuser.' >&2
    exit 1
  fi
  run_initdb
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "$@")}
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"

  export PGPASSWORD=$POSTGRES_PASSWORD
  PGUSER=$superuser pg_ctl --wait -o "$(printf '%q ' "$@" -c "listen_addresses=")" start
  create_database
  run_scripts
  pg_ctl --wait --mode=fast stop
  unset PGPASSWORD
}

# A subshell, because the variables of nss_wrapper are only for initdb. It refuses a user that has no name.
run_initdb() (
  if ! whoami >/dev/null 2>&1; then
    NSS_WRAPPER_PASSWD=$(mktemp)
    NSS_WRAPPER_GROUP=$(mktemp)
    echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" >"$NSS_WRAPPER_PASSWD"
    echo "postgres:x:$(id -g):" >"$NSS_WRAPPER_GROUP"
    export NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP LD_PRELOAD=libnss_wrapper.so
  fi
  # The variable may quote an option that has spaces.
  eval "options=(${POSTGRES_INITDB_ARGS:-})"
  initdb --username="$superuser" --pwfile=<(echo "${POSTGRES_PASSWORD:-}") "${options[@]}"
)

# Arguments: the database, and further arguments of psql.
run_sql() {
  psql --username="$superuser" --no-password --no-psqlrc --set=ON_ERROR_STOP=1 --dbname="$@"
}

create_database() {
  run_sql postgres --set=database="$database" <<'SQL'
SELECT format('CREATE DATABASE %I', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SQL
}

run_scripts() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    [ -e "$file" ] || continue
    echo "$0: $file"
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else source "$file"; fi ;;
      *.sql) run_sql "$database" --file="$file" ;;
      *.sql.gz) gunzip -c "$file" | run_sql "$database" ;;
    esac
  done
}

main() {
  if [[ ${1:-} == -* ]]; then
    set -- postgres "$@"
  fi
  if [ "${1:-}" = postgres ]; then
    create_folders
    if ! is_initialized; then
      initialize "${@:2}"
    fi
  fi
  exec "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  main "$@"
fi
