// What a node of Ganeti is made of.
import { Failure } from '../../dev/failure.mjs';
import { canInstall, installDebianPackages, missingPackages } from '../../dev/packages.mjs';
import { findExecutable, outputOf } from '../../dev/run.mjs';

const PACKAGES = [
  ...['ganeti', 'openssl', 'openssh-client', 'socat', 'iproute2', 'util-linux'],
  ...['qemu-system-x86', 'qemu-utils'],
];
/** More nodes than one trust each other over SSH. */
const SSHD = 'openssh-server';

/** @throws Failure in one line where a cluster cannot be made */
export function assertPossible() {
  if (!canInstall()) throw new Failure('a real Ganeti cluster needs Debian, and root');
  for (const program of ['unshare', 'nsenter'])
    if (findExecutable(program) === null) throw new Failure(`a real Ganeti cluster needs ${program}`);
}

/** Names of the Debian packages for a cluster of so many nodes. */
export const ganetiPackages = (nodes) => [...PACKAGES, ...(nodes > 1 ? [SSHD] : [])];

/** Installs what is missing; none of its services is started on this machine, now or at its next boot. */
export async function installGaneti({ nodes }) {
  assertPossible();
  const isNew = nodes > 1 && missingPackages([SSHD]).length > 0;
  await installDebianPackages(ganetiPackages(nodes));
  if (isNew && findExecutable('systemctl') !== null)
    outputOf('systemctl', ['disable', 'ssh.service', 'ssh.socket']);
}
