#!/bin/sh
# The first process in the sandbox's namespaces. It sets up the network, and hides the folders that the node's programs
# always write to. When it ends, the kernel ends every process in the namespaces and removes the network and the mounts.
#
# Arguments: a file to write when everything is set up, the node's address, the network of Services, folders that must
# stay visible.
set -eu
ready=$1
address=$2
services=$3
shift 3

# Mounts an empty folder over one. Folders that must stay visible may be inside it, so they are opened first.
hide() {
  hidden=$1
  shift
  descriptor=3
  for kept in "$@"; do
    case $kept/ in "$hidden"/*)
      eval "exec $descriptor<\"\$kept\""
      ;;
    esac
    descriptor=$((descriptor + 1))
  done
  mount -t tmpfs -o mode=755 tmpfs "$hidden"
  descriptor=3
  for kept in "$@"; do
    case $kept/ in "$hidden"/*)
      mkdir -p "$kept"
      mount --no-canonicalize --bind "/proc/self/fd/$descriptor" "$kept"
      eval "exec $descriptor<&-"
      ;;
    esac
    descriptor=$((descriptor + 1))
  done
}
for folder in /run /var/lib /var/log; do
  hide "$folder" "$@"
done

# The kubelet would change these settings for the whole machine, unless they have the values that it wants.
for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 \
  kernel/keys/root_maxbytes=25000000; do
  name=${setting%=*}
  mkdir -p "/run/settings/${name%/*}"
  echo "${setting#*=}" >"/run/settings/$name"
  mount --bind "/run/settings/$name" "/proc/sys/$name"
done

# There is no way out: pods reach only each other, the node and Services.
ip link set lo up
ip link add node0 type veth peer name node1
ip address add "$address/24" dev node0
ip link set node0 up
ip link set node1 up
ip route add "$services" dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward
for interface in all default node0; do
  echo 0 >"/proc/sys/net/ipv4/conf/$interface/rp_filter"
done

: >"$ready"
# `wait` reaps the processes whose parents have ended.
while :; do
  sleep 3600 &
  wait
done
