#!/bin/bash
# node-init.sh NODE_DIR SHARED_DIR [OWN_DIR DIR]...
# First process of a node, in new network, mount, UTS, IPC and PID namespaces. Lays the node's own files over the paths that Ganeti uses, so
# that the machine's are neither seen nor touched; then reaps what ends, and does what Ganeti's cron file does every five minutes.
# OWN_DIR: what this node sees at DIR.
set -eu
node=$1 shared=$2
shift 2
hostname "$(cat "$node/hostname")"
mount -t sysfs sysfs /sys 2>/dev/null || :
# a "powercycle" must not reach the machine
[ ! -e /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger

mkdir -p /srv /root/.ssh
mount -t tmpfs -o mode=755 node /srv
mkdir -p /srv/ganeti
mount --bind "$shared" /srv/ganeti
mkdir -p /srv/ganeti/extstorage /srv/ganeti/file-storage
mount --bind "$node/extstorage" /srv/ganeti/extstorage
mount --bind "$node/file-storage" /srv/ganeti/file-storage
mount --bind "$node/lib" /var/lib/ganeti
mount --bind "$node/log" /var/log/ganeti
mount --bind "$node/etc" /etc/ganeti
mount --bind "$node/ssh" /etc/ssh
mount --bind "$node/root-ssh" /root/.ssh
mount --bind "$node/hosts" /etc/hosts
mount --bind "$node/hostname" /etc/hostname
mount --bind "$node/default" /etc/default/ganeti
[ ! -e /etc/resolv.conf ] || mount --bind "$node/resolv.conf" /etc/resolv.conf
while [ $# -gt 0 ]; do
  mount --bind "$1" "$2"
  shift 2
done
mount --bind "$node/run" /run
ip link set lo up
touch "$node/ready"

exec </dev/null
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
set +e
while :; do
  sleep 300 &
  wait $!
  [ ! -e /var/lib/ganeti/ssconf_master_node ] || ganeti-watcher
done
