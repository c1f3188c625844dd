#!/bin/sh
# Entrypoint of the Redis image for the chart in sandbox/charts. The password goes into a file, because every process can
# read the arguments of another.
set -eu
umask 077
cat >/tmp/redis.conf <<CONFIG
requirepass "$REDIS_PASSWORD"
dir /data
appendonly yes
protected-mode no
bind * -::*
port 6379
# The chart's master.configuration.
include /opt/bitnami/redis/mounted-etc/*.conf
CONFIG
exec redis-server /tmp/redis.conf
