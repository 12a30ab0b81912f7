// The demo cloud: users, limits, flavors, the cluster, an image. Everything is made only where it is missing.
import { chmodSync } from 'node:fs';
import { secretFileOf, secretOf, writePrivate } from './data-dir.mjs';
import { Failure } from './failure.mjs';
import { logIn } from './http.mjs';
import { GANETI_USER, SNF_MANAGE } from './processes.mjs';
import { lastLine, run } from './run.mjs';
import { say } from './screen.mjs';
import { seedImage } from './seed-image.mjs';

/** Changes when there is more to seed, so that older data get it too. */
const SEED_VERSION = 1;
/** How many admin commands run at once: each is a Node.js process. */
const AT_ONCE = 3;

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

/** @param cloud see cloud.mjs; gets `logins`: what clouds.yaml says */
export async function seed(cloud) {
  const { data } = cloud;
  writeAdminTool(cloud);
  const known = await knownLogins(cloud);
  if (known === null) {
    say('making the demo cloud: users, limits, flavors, cluster');
    await seedAccounts(cloud);
    await seedCompute(cloud);
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

async function snfManage(cloud, args, { input } = {}) {
  const result = await run({
    what: `snf-manage ${args[0]}`,
    command: cloud.data.file('bin', 'snf-manage'),
    args,
    input,
    quiet: true,
  });
  if (result.code !== 0) throw new Failure(`snf-manage ${args.join(' ')}: ${lastLine(result.output)}`);
  return result.stdout;
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

async function seedAccounts(cloud) {
  const { data } = cloud;
  await inTurns(Object.entries(LIMITS), ([name, limit]) =>
    snfManage(cloud, ['resource-modify', name, '--system-default', limit]),
  );
  data.state.users ??= {};
  await inTurns(USERS, async ({ email, first, last, isAdmin, cloud: name }) => {
    const password = secretOf(data, `password-${name}`, 12);
    const args = [email, first, last, '--password-file', '-', '--if-missing', '--output-format', 'json'];
    const output = await snfManage(cloud, ['user-add', ...args, ...(isAdmin ? ['--admin'] : [])], {
      input: password,
    });
    const user = detailsOf(output);
    // databases that are older than this data directory: our password is the one that holds
    if (user.isNew === false)
      await snfManage(cloud, ['user-modify', email, '--password-file', '-'], { input: password });
    data.state.users[name] = user.uuid;
  });
  data.save();
}

function detailsOf(output) {
  const parsed = JSON.parse(output);
  return Array.isArray(parsed) ? parsed[0] : parsed;
}

async function seedCompute(cloud) {
  const { data, urls } = cloud;
  const credentials = ['--user', GANETI_USER, '--password-file', secretFileOf(data, 'rapi')];
  await inTurns(
    [
      ...FLAVORS.map((numbers) => ['flavor-create', ...numbers.map(String), '--if-missing']),
      ['backend-add', urls.rapi, '--name', 'demo', ...credentials, '--if-missing'],
    ],
    (args) => snfManage(cloud, args),
  );
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

/** Runs `work` on each, a few at a time. */
async function inTurns(items, work) {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}
