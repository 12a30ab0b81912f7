// The processes of the cloud: what each is called with.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { secretFileOf, secretOf } from './data-dir.mjs';
import { writePrivate } from './private-file.mjs';
import { root } from './root.mjs';
import { hasLoggedReady } from './supervise.mjs';

/** What of our own environment the processes see. */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'SYNNEFO_LOG_LEVEL',
  'SYNNEFO_NODE',
  'CYCLADES_JOB_FOLLOWER',
];

export const GANETI_USER = 'synnefo';
const COMPONENTS = ['astakos', 'cyclades', 'pithos'];

/** Addresses as clients see them. */
export function urlsFrom(ports) {
  const at = (port) => `http://127.0.0.1:${port}`;
  return {
    auth: `${at(ports.astakos)}/astakos/identity/v3`,
    astakos: `${at(ports.astakos)}/astakos`,
    cyclades: `${at(ports.cyclades)}/cyclades`,
    pithos: `${at(ports.pithos)}/pithos`,
    swift: `${at(ports.pithos)}/v1`,
    rapi: at(ports.rapi),
  };
}

/** Writes the files that processes read: component tokens, secrets, users of the simulated cluster. */
function writeSecrets(data, urls) {
  const components = COMPONENTS.map((name) => ({
    name,
    baseUrl: urls[name],
    uiUrl: null,
    token: secretOf(data, `${name}-component`),
  }));
  const componentsFile = data.file('secrets', 'components.json');
  writePrivate(componentsFile, `${JSON.stringify(components, null, 2)}\n`);
  const usersFile = data.file('secrets', 'rapi-users');
  writePrivate(usersFile, `${GANETI_USER} ${secretOf(data, 'rapi')} write\n`);
  return { componentsFile, usersFile };
}

/** @returns environments of each app, and of the tools that belong to it (snf-manage, vlmc) */
export function environments({ data, ports, databaseUrl, busUrl, qemu, options }) {
  const urls = urlsFrom(ports);
  const { componentsFile, usersFile } = writeSecrets(data, urls);
  const passed = Object.fromEntries(
    PASSED.filter((name) => process.env[name]).map((name) => [name, process.env[name]]),
  );
  const common = {
    ...passed,
    NODE_ENV: 'production',
    SYNNEFO_LISTEN_HOST: '127.0.0.1',
    SYNNEFO_NAME_PREFIX: data.state.namePrefix,
    SYNNEFO_BUS_URL: busUrl,
    ASTAKOS_URL: urls.astakos,
    ARCHIPELAGO_STORE: `dir:${data.folder('archipelago')}`,
  };
  // Threads for file calls: Node's own four are soon all waiting for a disk.
  const files = { UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '32' };
  const archipelago = {
    ARCHIPELAGO_NBD_DIR: data.outer('nbd'),
    ARCHIPELAGO_CONTROL: `unix:${path.join(data.outer('control'), 'archipelago.sock')}`,
  };
  const astakos = {
    ASTAKOS_PORT: String(ports.astakos),
    ASTAKOS_BASE_URL: urls.astakos,
    ASTAKOS_DATABASE_URL: databaseUrl('synnefo_astakos'),
    ASTAKOS_COMPONENTS_FILE: componentsFile,
  };
  const cyclades = {
    CYCLADES_PORT: String(ports.cyclades),
    CYCLADES_BASE_URL: urls.cyclades,
    CYCLADES_DATABASE_URL: databaseUrl('synnefo_cyclades'),
    CYCLADES_COMPONENT_TOKEN_FILE: secretFileOf(data, 'cyclades-component'),
    PITHOS_INTERNAL_URL: `${urls.pithos}/internal/v1`,
    PITHOS_SECRET_FILE: secretFileOf(data, 'pithos-internal'),
  };
  const pithos = {
    PITHOS_PORT: String(ports.pithos),
    PITHOS_BASE_URL: urls.pithos,
    PITHOS_SWIFT_URL: urls.swift,
    PITHOS_DATABASE_URL: databaseUrl('synnefo_pithos'),
    PITHOS_COMPONENT_TOKEN_FILE: secretFileOf(data, 'pithos-component'),
    PITHOS_SECRET_FILE: secretFileOf(data, 'pithos-internal'),
  };
  const sim = {
    GANETI_SIM_PORT: String(ports.rapi),
    GANETI_SIM_DIR: data.folder('ganeti-sim'),
    GANETI_SIM_USERS_FILE: usersFile,
    GANETI_SIM_EXTSTORAGE_DIR: data.folder('ganeti-sim', 'extstorage'),
    GANETI_SIM_QEMU: qemu,
    ...(options.simSpeed === undefined ? {} : { GANETI_SIM_SPEED: options.simSpeed }),
  };
  return {
    archipelagod: { ...common, ...files, ...archipelago },
    'ganeti-sim': { ...common, ...archipelago, ...sim },
    astakos: { ...common, ...astakos },
    cyclades: { ...common, ...cyclades },
    pithos: { ...common, ...files, ...pithos },
    'snf-manage': { ...common, ...astakos, ...cyclades, ...pithos },
  };
}

const built = (...parts) => path.join(root, ...parts.slice(0, 2), 'dist', 'src', ...parts.slice(2));

/** How to run the admin commands. */
export const SNF_MANAGE = built('apps', 'cli', 'bin', 'snf-manage.js');

export const ARCHIPELAGOD = {
  name: 'archipelagod',
  script: built('libs', 'archipelago', 'bin', 'archipelagod.js'),
  group: 'storage',
};
export const GANETI_SIM = {
  name: 'ganeti-sim',
  script: built('libs', 'ganeti-sim', 'bin', 'ganeti-sim.js'),
  group: 'cluster',
};

const stages = [
  [{ name: 'astakos-api', script: built('apps', 'astakos', 'main.js'), group: 'apps' }],
  [
    { name: 'pithos-api', script: built('apps', 'pithos', 'main.js'), group: 'apps' },
    { name: 'cyclades-api', script: built('apps', 'cyclades', 'main.js'), group: 'apps' },
  ],
  [
    { name: 'cyclades-worker', script: built('apps', 'cyclades', 'worker.js'), group: 'apps' },
    { name: 'astakos-worker', script: built('apps', 'astakos', 'worker.js'), group: 'apps', optional: true },
    { name: 'pithos-worker', script: built('apps', 'pithos', 'worker.js'), group: 'apps', optional: true },
  ],
];

/**
 * Starts all our processes, those of one stage together, and waits until each is ready. Groups end in the reverse order of their first start: apps,
 * cluster, storage.
 * @param first processes that are started before the others' first, or with it
 */
export async function startProcesses(supervisor, envs, first) {
  const [stage, ...others] = stages;
  for (const together of [[...first, ...stage], ...others]) {
    await Promise.all(
      together
        .filter((one) => one.optional !== true || existsSync(one.script))
        .map((one) => startProcess(supervisor, one, envs)),
    );
  }
}

/** Starts one of our processes. @param what { name, script, group, wrap?, env? }: `wrap` is a command that ends in running its arguments */
export function startProcess(supervisor, { name, script, group, wrap = [], env }, envs) {
  const [command, ...args] = [...wrap, process.execPath, script];
  return supervisor.start({
    ...{ name, group, command, args, cwd: root, isReady: hasLoggedReady, readyMs: 90_000 },
    env: { ...(envs[name] ?? envs[name.replace(/-(api|worker)$/, '')]), ...env, SYNNEFO_SUPERVISED: '1' },
  });
}
