// The private files of the nodes, and what they share.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { CLUSTER, hostsFile } from './layout.mjs';

const FOLDERS = [
  ...['etc/hooks', 'etc/scripts', 'lib/rapi', 'log/extstorage', 'run', 'ssh', 'root-ssh'],
  ...['file-storage', 'extstorage'],
];

/** Ganeti's own script pings and asks around for seconds; nobody else is on this net. */
const MASTER_ADDRESS_SCRIPT = `#!/bin/sh
case $1 in
  start) ip addr replace "$MASTER_IP/$MASTER_NETMASK" dev "$MASTER_NETDEV" ;;
  stop) ip addr del "$MASTER_IP/$MASTER_NETMASK" dev "$MASTER_NETDEV" 2>/dev/null || : ;;
esac
`;

const SSHD_CONFIG = `HostKey /etc/ssh/ssh_host_rsa_key
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
MaxStartups 200
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
`;

/** Makes the files of all nodes, from nothing. The Ganeti packages are installed. */
export function makeNodeFiles({ dir, nodes }) {
  for (const folder of ['os', 'shared-file-storage'])
    mkdirSync(path.join(dir, 'shared', folder), { recursive: true });
  const hostKey = path.join(dir, 'nodes', 'host-key');
  mkdirSync(path.dirname(hostKey), { recursive: true });
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-C', CLUSTER, '-f', hostKey]);
  for (const node of nodes) makeNode({ node, nodes, hostKey });
}

function makeNode({ node, nodes, hostKey }) {
  const at = (...names) => path.join(node.dir, ...names);
  for (const folder of FOLDERS) mkdirSync(at(folder), { recursive: true, mode: 0o755 });
  chmodSync(at('root-ssh'), 0o700);
  cpSync('/etc/ganeti', at('etc'), { recursive: true });
  writeFileSync(at('hostname'), `${node.fqdn}\n`);
  writeFileSync(at('hosts'), hostsFile(nodes));
  writeFileSync(at('resolv.conf'), '');
  writeFileSync(at('default'), daemonArguments());
  writeFileSync(
    at('etc', 'file-storage-paths'),
    '/srv/ganeti/file-storage\n/srv/ganeti/shared-file-storage\n',
  );
  writeFileSync(at('etc', 'scripts', 'master-ip-setup'), MASTER_ADDRESS_SCRIPT, { mode: 0o755 });
  writeFileSync(at('ssh', 'sshd_config'), SSHD_CONFIG);
  for (const ending of ['', '.pub'])
    copyFileSync(`${hostKey}${ending}`, at('ssh', `ssh_host_rsa_key${ending}`));
  chmodSync(at('ssh', 'ssh_host_rsa_key'), 0o600);
  for (const file of ['moduli', 'ssh_config'])
    if (existsSync(`/etc/ssh/${file}`)) copyFileSync(`/etc/ssh/${file}`, at('ssh', file));
}

/** Debian's settings, with RAPI on the node's network instead of loopback. */
function daemonArguments() {
  const settings = readFileSync('/etc/default/ganeti', 'utf8');
  return settings.replace(/^RAPI_ARGS=.*$/m, 'RAPI_ARGS="-b 0.0.0.0 --require-authentication"');
}

/** `/run` as after a boot. The directory of consoles is there before KVM makes it, so that it can be watched. */
export function clearRun(node) {
  const run = path.join(node.dir, 'run');
  rmSync(run, { recursive: true, force: true });
  for (const folder of ['lock', 'sshd']) mkdirSync(path.join(run, folder), { recursive: true, mode: 0o755 });
  mkdirSync(consoleSockets(node), { recursive: true, mode: 0o755 });
}

/** Where KVM has the sockets of the guests' serial consoles, as this machine sees it. */
export const consoleSockets = (node) => path.join(node.dir, 'run', 'ganeti', 'kvm-hypervisor', 'ctrl');

/** RAPI's key and certificate, good for the name of the cluster and for 127.0.0.1, in place of Ganeti's own. */
export function makeCertificate({ dir, node }) {
  const key = path.join(dir, 'rapi-key.pem');
  const certificate = path.join(dir, 'rapi-cert.pem');
  const names = `subjectAltName=DNS:${CLUSTER},DNS:localhost,IP:127.0.0.1`;
  const request = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '3650',
    '-subj',
    `/CN=${CLUSTER}`,
  ];
  execFileSync('openssl', [...request, '-addext', names, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  writeForRapi(
    path.join(node.dir, 'lib', 'rapi.pem'),
    readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'),
  );
  rmSync(key);
}

/** Who may use RAPI; the daemon notices a change by itself. */
export function writeRapiUsers(node, users) {
  const file = path.join(node.dir, 'lib', 'rapi', 'users');
  writeForRapi(
    file,
    users.map(({ user, password, mayWrite }) => `${user} ${password}${mayWrite ? ' write' : ''}\n`).join(''),
  );
}

/** The daemon reads it; the master's jobs, as another user, copy it to other nodes. */
function writeForRapi(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o640 });
  execFileSync('chown', ['gnt-rapi:gnt-masterd', file]);
}
