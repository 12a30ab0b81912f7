// What has to be on the machine: npm packages (pnpm through npx) and, when asked, Debian packages.
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { root } from './root.mjs';
import { findExecutable, outputOf, runOrFail } from './run.mjs';
import { say } from './screen.mjs';
import { isRoot } from './user.mjs';

const PNPM = 'pnpm@10.34.9';
const OLDEST_NODE = [20, 19];
const POLICY = '/usr/sbin/policy-rc.d';

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    throw new Failure(
      `Node.js ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.versions.node}`,
    );
}

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Installs the npm packages when the lock file is newer than what is installed. */
export async function installNpmPackages() {
  const marker = path.join(root, 'node_modules', '.synnefo-installed');
  const installedAt = Math.max(modified(marker), modified(path.join(root, 'node_modules', '.modules.yaml')));
  if (installedAt > modified(path.join(root, 'pnpm-lock.yaml'))) return;
  say('installing npm packages');
  await runOrFail({
    what: 'installing npm packages',
    command: 'npx',
    args: ['-y', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'],
    env: { ...process.env, CI: 'true' },
    cwd: root,
  });
  writeFileSync(marker, '');
}

/** Whether `apt-get install` can be used here. */
export const canInstall = () =>
  isRoot() && existsSync('/etc/debian_version') && findExecutable('apt-get') !== null;

/** Those of the Debian packages that are not installed. */
export function missingPackages(names) {
  return [...new Set(names)].filter((name) => {
    const status = outputOf('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]);
    return status !== 'installed';
  });
}

/**
 * Installs Debian packages; their services are not started, now or at the next boot, and no PostgreSQL cluster is made.
 * @throws Failure in one line when apt-get cannot
 */
export async function installDebianPackages(names) {
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  say(`installing Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const options = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Dpkg::Use-Pty=0', '-q'];
  const apt = (what, ...args) => runOrFail({ what, command: 'apt-get', args: [...options, ...args], env });
  await apt('apt-get update', 'update');
  await withoutServices(async () => {
    if (missing.some((name) => name.startsWith('postgresql'))) await noClusterByDefault(apt);
    await apt('apt-get install', 'install', '-y', '--no-install-recommends', ...missing);
  });
  disableServices(missing);
}

function disableServices(packages) {
  if (findExecutable('systemctl') === null) return;
  const files = outputOf('dpkg-query', ['-L', ...packages])?.split('\n') ?? [];
  const units = files.filter((file) => /\/systemd\/system\/[^/@]+\.(service|socket|timer)$/.test(file));
  if (units.length > 0) outputOf('systemctl', ['disable', ...units.map((file) => path.basename(file))]);
}

/** Debian starts what it installs unless this file says no. */
async function withoutServices(work) {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

async function noClusterByDefault(apt) {
  const setting = '/etc/postgresql-common/createcluster.conf';
  if (missingPackages(['postgresql-common']).length > 0)
    await apt('apt-get install', 'install', '-y', '--no-install-recommends', 'postgresql-common');
  if (missingPackages(['postgresql']).length > 0 && existsSync('/etc/postgresql-common'))
    writeFileSync(setting, 'create_main_cluster = false\n', { flag: 'a' });
}
