#!/bin/bash
# Initializes $PGDATA like docker-entrypoint.sh does, and starts no server. It does nothing if $PGDATA is initialized. The
# official image has it for init containers.
#
# Arguments: options of the server.
source /usr/local/bin/docker-entrypoint.sh

if [ "${1:-}" = postgres ]; then
  shift
fi
create_folders
if is_initialized; then
  echo "$PGDATA is initialized already." >&2
else
  initialize "$@"
fi
