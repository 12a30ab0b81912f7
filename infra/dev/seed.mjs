// The demo cloud: users, limits, flavors, the cluster, an image. Everything is made only where it is missing.
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { secretFileOf, secretOf } from './data-dir.mjs';
import { Failure } from './failure.mjs';
import { logIn } from './http.mjs';
import { GANETI_USER, SNF_MANAGE } from './processes.mjs';
import { writePrivate } from './private-file.mjs';
import { untilRegistered } from './registration.mjs';
import { root } from './root.mjs';
import { runOrFail } from './run.mjs';
import { say } from './screen.mjs';
import { seedImage } from './seed-image.mjs';

/** Changes when there is more to seed, so that older data get it too. */
const SEED_VERSION = 3;
const SNF_BATCH = path.join(root, 'infra', 'dev', 'snf-batch.mjs');

/** The names of the clouds in clouds.yaml. */
export const USERS = [
  { cloud: 'demo', email: 'demo@synnefo.test', first: 'Demo', last: 'User' },
  { cloud: 'demo2', email: 'demo2@synnefo.test', first: 'Second', last: 'User' },
  { cloud: 'demo-admin', email: 'admin@synnefo.test', first: 'Admin', last: 'User', isAdmin: true },
];

const LIMITS = {
  'cyclades.vm': '16',
  'cyclades.cpu': '32',
  'cyclades.total_cpu': '64',
  'cyclades.ram': '32GiB',
  'cyclades.total_ram': '64GiB',
  'cyclades.disk': '200GiB',
  'cyclades.network.private': '10',
  'cyclades.floating_ip': '8',
  'pithos.diskspace': '50GiB',
};

/** CPUs, MiB of memory, GiB of disk. */
const FLAVORS = [
  [1, 256, 1],
  [1, 512, 5],
  [2, 1024, 10],
  [2, 2048, 20],
];

/** What private networks draw from, and the public network. Its addresses are for documentation (RFC 5737): nobody else has them. */
const NETWORKS = [
  ['pool-create', '--type', 'mac-prefix', '--base', 'aa:00:0', '--size', '65536', '--if-missing'],
  [
    ...['network-create', '--name', 'public', '--flavor', 'CUSTOM', '--subnet', '203.0.113.0/24'],
    ...['--public', '--floating-ip-pool', '--if-missing'],
  ],
];

/** @param cloud see cloud.mjs; gets `logins`: what clouds.yaml says */
export async function seed(cloud) {
  const { data } = cloud;
  writeAdminTool(cloud);
  const known = await knownLogins(cloud);
  if (known === null) {
    say('making the demo cloud: users, limits, flavors, cluster');
    await seedCloud(cloud);
  }
  cloud.logins = known ?? (await logInAll(cloud));
  await seedImage(cloud);
  data.state.seeded = SEED_VERSION;
  data.save();
}

/** `<data>/bin/snf-manage`: the admin commands, with the settings of this installation. */
function writeAdminTool({ data, envs }) {
  data.folder('bin');
  const quote = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
  const settings = Object.entries(envs['snf-manage']).filter(
    ([name]) => !['PATH', 'HOME', 'USER'].includes(name),
  );
  const lines = settings.map(([name, value]) => `export ${name}=${quote(value)}`);
  const start = `exec ${quote(process.execPath)} ${quote(SNF_MANAGE)} "$@"`;
  const file = data.file('bin', 'snf-manage');
  writePrivate(file, `#!/bin/sh\n${lines.join('\n')}\n${start}\n`);
  chmodSync(file, 0o700);
}

/** Runs admin commands, in one process. @returns {Promise<string[]>} what each printed */
async function snfManage(cloud, commands) {
  const { stdout } = await runOrFail({
    what: 'snf-manage',
    command: process.execPath,
    args: [SNF_BATCH],
    env: cloud.envs['snf-manage'],
    input: JSON.stringify(commands),
  });
  return JSON.parse(stdout);
}

/** The logins when this installation was seeded and they work; else null. */
async function knownLogins(cloud) {
  if (cloud.data.state.seeded !== SEED_VERSION) return null;
  try {
    return await logInAll(cloud);
  } catch (error) {
    if (error instanceof Failure) return null; // other databases than last time
    throw error;
  }
}

async function seedCloud(cloud) {
  const { data, ganeti } = cloud;
  await untilRegistered(cloud, ['cyclades.vm', 'pithos.diskspace']);
  const limits = Object.entries(LIMITS).map(([name, limit]) => [
    'resource-modify',
    name,
    '--system-default',
    limit,
  ]);
  const flavors = FLAVORS.map((numbers) => ['flavor-create', ...numbers.map(String), '--if-missing']);
  const credentials = ['--user', GANETI_USER, '--password-file', secretFileOf(data, 'rapi')];
  const { name, url, options = [] } = ganeti.backend;
  const backend = ['backend-add', url, '--name', name, ...credentials, ...options, '--if-missing'];
  const users = USERS.map((user) => ({ ...user, password: secretOf(data, `password-${user.cloud}`, 12) }));
  // limits before users: they are those of users that are added from then on
  const others = [...limits, ...flavors, backend, ...NETWORKS].map((args) => ({ args }));
  const printed = await snfManage(cloud, [...others, ...users.map(addUser)]);
  const facts = printed.slice(others.length).map(detailsOf);
  data.state.users = Object.fromEntries(facts.map(({ uuid }, i) => [users[i].cloud, uuid]));
  data.save();
  // databases that are older than this data directory: our passwords are the ones that hold
  const known = users.filter((_, i) => facts[i].isNew === false);
  if (known.length > 0) await snfManage(cloud, known.map(setPassword));
}

const setPassword = ({ email, password }) => ({
  args: ['user-modify', email, '--password-file', '-'],
  input: password,
});

function addUser({ email, first, last, isAdmin, password }) {
  const options = ['--password-file', '-', '--if-missing', '--output-format', 'json'];
  return {
    args: ['user-add', email, first, last, ...options, ...(isAdmin ? ['--admin'] : [])],
    input: password,
  };
}

function detailsOf(output) {
  const parsed = JSON.parse(output);
  return Array.isArray(parsed) ? parsed[0] : parsed;
}

async function logInAll({ data, urls }) {
  return Promise.all(
    USERS.map(async ({ cloud, email }) => {
      const login = {
        cloud,
        email,
        password: secretOf(data, `password-${cloud}`),
        project: `system:${data.state.users?.[cloud]}`,
      };
      return { ...login, session: await logIn(urls.auth, login) };
    }),
  );
}
