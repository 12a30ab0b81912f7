#!/bin/sh
# wire-node.sh NODE_PID SWITCH_PID NUMBER ADDRESS BRIDGE...
# Plugs a node into the switch: eth0 with ADDRESS, and each of its bridges by a cable of its own.
set -eu
node=$1 switch=$2 number=$3 address=$4
shift 4
in_node() { nsenter --target "$node" --net -- "$@"; }
in_switch() { nsenter --target "$switch" --net -- "$@"; }

plug() { # INTERFACE NAME: the node's end of a cable, and the bridge of the switch
  in_node ip link add "$1" type veth peer name "$2-$number"
  in_node ip link set "$2-$number" netns "$switch"
  in_switch ip link set "$2-$number" master "sw-$2" up
}

plug eth0 mgmt
in_node ip addr add "$address/24" dev eth0
in_node ip link set eth0 up
for bridge; do
  in_node ip link add "$bridge" type bridge forward_delay 0
  in_node ip link set "$bridge" up
  plug "up-$bridge" "$bridge"
  in_node ip link set "up-$bridge" master "$bridge" up
done
