#!/bin/bash
# switch-init.sh READY_FILE ADDRESS BRIDGE...
# First process of the switch that the nodes are plugged into: one bridge for their own traffic, where the switch has ADDRESS, and one for
# each bridge that instances use.
set -eu
ready=$1 address=$2
shift 2
ip link set lo up
for bridge in mgmt "$@"; do
  ip link add "sw-$bridge" type bridge forward_delay 0
  ip link set "sw-$bridge" up
done
ip addr add "$address/24" dev sw-mgmt
touch "$ready"
exec </dev/null
set +e
while :; do
  sleep 3600 &
  wait $!
done
