// What is done with Ganeti's own commands: making the cluster, its daemons, its guests. `pid` is the first process of a node.
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { runIn, runInOrFail } from './namespaces.mjs';
import { CLUSTER } from './layout.mjs';

const DAEMON_UTIL = '/usr/lib/ganeti/daemon-util';
const POLICY_BOUNDS =
  'min:cpu-count=1,disk-count=0,disk-size=1,memory-size=16,nic-count=0,spindle-use=1' +
  '/max:cpu-count=64,disk-count=16,disk-size=10485760,memory-size=65536,nic-count=16,spindle-use=64';
const POLICY_STANDARD = 'cpu-count=1,disk-count=1,disk-size=128,memory-size=64,nic-count=1,spindle-use=1';

/** QEMU takes KVM, whatever the flag says, when it is called by a name that ends in "kvm". */
function acceleration(accelerator) {
  return accelerator === 'kvm'
    ? 'kvm_flag=enabled,kvm_path=/usr/bin/kvm'
    : 'kvm_flag=disabled,kvm_path=/usr/bin/qemu-system-x86_64';
}

function kvmParameters(accelerator) {
  const serial = 'serial_console=true,serial_speed=115200';
  const others = 'vnc_bind_address=127.0.0.1,migration_downtime=300';
  return `kvm:${acceleration(accelerator)},kernel_path=,initrd_path=,${serial},${others}`;
}

/** Makes the cluster on its first node. Ganeti starts the daemons itself. */
export function initCluster(pid, { accelerator, hasSsh }) {
  const args = [
    ...['init', '--no-etc-hosts', ...(hasSsh ? ['--ssh-key-bits=2048'] : ['--no-ssh-init'])],
    ...['--master-netdev=eth0', '--master-netmask=32', '--use-external-mip-script=yes'],
    // the first is what an instance gets that names none, as those of Ganeti's own tests: state only
    ...['--enabled-hypervisors=fake,kvm', '--enabled-disk-templates=ext,file,sharedfile,diskless'],
    '--file-storage-dir=/srv/ganeti/file-storage',
    '--shared-file-storage-dir=/srv/ganeti/shared-file-storage',
    ...['--nic-parameters=mode=bridged,link=br0', '--mac-prefix=aa:00:01'],
    ...['-H', kvmParameters(accelerator), '-B', 'minmem=128,maxmem=128,vcpus=1'],
    ...[`--ipolicy-bounds-specs=${POLICY_BOUNDS}`, `--ipolicy-std-specs=${POLICY_STANDARD}`],
    ...['--ipolicy-vcpu-ratio=1000', '--ipolicy-spindle-ratio=10000', '--default-iallocator=hail'],
    CLUSTER,
  ];
  return runInOrFail(pid, { what: 'gnt-cluster init', command: 'gnt-cluster', args });
}

/** Adds a node; the master comes in with its own key and gives the node the rest. */
export function addNode(pid, { master, node }) {
  const keys = (of) => path.join(of.dir, 'root-ssh', 'authorized_keys');
  copyFileSync(keys(master), keys(node));
  return runInOrFail(pid, {
    what: `gnt-node add ${node.name}`,
    command: 'gnt-node',
    args: ['add', '--no-ssh-key-check', node.fqdn],
  });
}

export const setAccelerator = (pid, accelerator) =>
  runInOrFail(pid, {
    what: 'gnt-cluster modify',
    command: 'gnt-cluster',
    args: ['modify', '-H', `kvm:${acceleration(accelerator)}`],
  });

export const startSshd = (pid) => runInOrFail(pid, { what: 'sshd', command: '/usr/sbin/sshd' });

/** The node daemon alone: a master asks the other nodes for their vote before it starts. */
export const startNoded = (pid) =>
  runInOrFail(pid, { what: 'ganeti-noded', command: DAEMON_UTIL, args: ['start', 'ganeti-noded'] });

export const startDaemons = (pid) =>
  runInOrFail(pid, { what: 'the daemons of Ganeti', command: DAEMON_UTIL, args: ['start-all'] });

/** RAPI reads its certificate when it starts. */
export async function restartRapi(pid) {
  for (const verb of ['stop', 'start'])
    await runInOrFail(pid, { what: 'ganeti-rapi', command: DAEMON_UTIL, args: [verb, 'ganeti-rapi'] });
}

export const stopDaemons = (pid) =>
  runIn(pid, { what: 'the daemons of Ganeti', command: DAEMON_UTIL, args: ['stop-all'] });

/** Starts the guests that should run and do not, as Ganeti's cron file does; it goes on when this process ends. */
export const startWatcher = (pid) =>
  runIn(pid, {
    what: 'ganeti-watcher',
    command: 'sh',
    args: ['-c', 'ganeti-watcher --ignore-pause </dev/null >/dev/null 2>&1 &'],
  });

/** QEMU writes back what it holds on SIGTERM, so archipelagod must still run; after `timeoutMs` it is killed. */
export function endGuests(pid, timeoutMs = 5_000) {
  const script = `
    pids=$(cat /run/ganeti/kvm-hypervisor/pid/* 2>/dev/null) || exit 0
    running() { for p in $pids; do kill -0 "$p" 2>/dev/null && return 0; done; return 1; }
    kill -TERM $pids 2>/dev/null
    for i in $(seq ${Math.ceil(timeoutMs / 100)}); do running || exit 0; sleep 0.1; done
    kill -KILL $pids 2>/dev/null; :`;
  return runIn(pid, { what: 'ending the guests', command: 'sh', args: ['-c', script] });
}
