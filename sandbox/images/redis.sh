#!/bin/sh
# A Redis as the stand-in chart wants it. The password reaches it by a file: arguments can be read by all.
set -eu
umask 077
cat >/tmp/redis.conf <<CONFIG
requirepass "$REDIS_PASSWORD"
dir /data
appendonly yes
protected-mode no
bind * -::*
port 6379
CONFIG
exec redis-server /tmp/redis.conf
