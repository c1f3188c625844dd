#!/bin/sh
# The first process of the sandbox's namespaces: sets up a network and hides folders that the node's programs write to,
# whatever they are told. When it ends, the kernel ends every process in here, and network and mounts are gone.
#
# Arguments: a file to write when all is set up, the node's address, the Services' network, folders that must stay.
set -eu
ready=$1
address=$2
services=$3
shift 3

# The folders that stay are opened first, since they may be in one that is hidden.
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

# The kubelet sets these for the whole machine unless it finds them as it wants them.
for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 \
  kernel/keys/root_maxbytes=25000000; do
  name=${setting%=*}
  mkdir -p "/run/settings/${name%/*}"
  echo "${setting#*=}" >"/run/settings/$name"
  mount --bind "/run/settings/$name" "/proc/sys/$name"
done

# No way out: what is neither in here nor a Service cannot be reached.
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
# Waiting takes in the processes whose parents have ended.
while :; do
  sleep 3600 &
  wait
done
