// What a node of Ganeti is made of.
import { Failure } from '../../dev/failure.mjs';
import { canInstall } from '../../dev/packages.mjs';
import { findExecutable } from '../../dev/run.mjs';

/** Nodes trust each other over SSH. */
export const GANETI_PACKAGES = [
  ...['ganeti', 'openssl', 'openssh-client', 'openssh-server', 'socat', 'iproute2', 'util-linux', 'mount'],
  ...['qemu-system-x86', 'qemu-utils'],
];

/** @throws Failure in one line where a cluster cannot be made */
export function assertPossible() {
  if (!canInstall()) throw new Failure('a real Ganeti cluster needs Debian, and root');
  for (const program of ['unshare', 'nsenter'])
    if (findExecutable(program) === null) throw new Failure(`a real Ganeti cluster needs ${program}`);
}
