/**
 * A queue of creations against one real cluster: state-only guests (hypervisor `fake`), our own disks. Measures the cluster's own limit with the same
 * creations submitted past the cloud, then the cloud's, and the API's answers without load, while the cluster is busy with the former, and with the latter.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchCloud } from './cloud.mjs';
import { countJobs, figures, isCreate, Rapi, reasonOf } from './rapi.mjs';
import { onceEach, printChecks, printClusters, printLatencies } from './report.mjs';

const RAM_MIB = 32;
/** One after the other, to see how long the answer takes when nothing else goes on; and at the end of the queue, when everything does. */
const SINGLE = 8;
const AT_ONCE = 8;
const IDLE_PROBE_MS = 8_000;
const OWN_LIMIT_JOBS = 30;
const DIRECT = 'past-the-cloud';
const CLUSTER = 'dev-cluster';

/** @returns whether everything holds */
export async function oneCluster({ dir, count, signal, say, isUp }) {
  say('starting a cloud on a real Ganeti cluster');
  const cloud = await BenchCloud.start(dir, ['--ganeti', 'real', '--nodes', '1', '--qemu', 'tcg'], signal);
  isUp();
  try {
    return await measure({ cloud, rapi: rapiOf(cloud), count, signal, say });
  } finally {
    say('stopping');
    await cloud.stop();
  }
}

function rapiOf(cloud) {
  return new Rapi({
    url: `https://127.0.0.1:${cloud.portBase + 4}`,
    user: 'synnefo',
    password: cloud.secret('rapi'),
    ca: readFileSync(cloud.file('ganeti', 'rapi-cert.pem')),
  });
}

async function measure({ cloud, rapi, count, signal, say }) {
  await takeFakeHypervisor(cloud, rapi);
  const { user, flavor } = await cloud.seed(RAM_MIB);
  const network = await user.newNetwork();
  const shape = { imageRef: await user.firstImage(), flavorRef: flavor, network };
  const { max_running_jobs: limit } = await rapi.info();

  say('without load');
  const idle = await withoutLoad(user, shape, signal);
  const pattern = (await rapi.jobs()).find(isCreate).ops.find(({ OP_ID }) => OP_ID === 'OP_INSTANCE_CREATE');

  const ownCount = Math.min(OWN_LIMIT_JOBS, count);
  say(`the cluster's own limit: ${ownCount} creations past the cloud`);
  const endProbe = user.probe(idle.serverId);
  const direct = await rapi.createLike(pattern, { count: ownCount, atOnce: 4, name: DIRECT, signal });
  const besideDirect = await endProbe();

  say(`${count} creations through the API`);
  const loaded = await underLoad({ user, shape, count, signal, serverId: idle.serverId });

  const jobs = (await rapi.jobs()).filter(isCreate);
  const ours = jobs.filter((job) => reasonOf(job) !== DIRECT);
  const queue = await rapi.details(
    ours.filter(({ id }) => id > Math.max(...direct.map((one) => one.id))).map(({ id }) => id),
  );
  print({ idle, besideDirect, loaded, count });
  const own = figures(direct, { limit });
  printClusters([
    { what: 'past the cloud', figures: own },
    { what: 'through the API', figures: figures(queue, { limit }), beside: own.perSecond },
  ]);
  process.stdout.write(
    `\nall ${count} ACTIVE ${loaded.seconds.toFixed(1)} s after the first request; ` +
      `disks: our provider (${pattern.disk_template}), guests: hypervisor ${pattern.hypervisor}\n`,
  );

  const isOnce = printChecks([onceEach(countJobs(ours), count + SINGLE)]);
  say('deleting them');
  await Promise.all([user.deleteServers(signal), rapi.deleteMade(direct, signal)]);
  await user.deleteNetwork(network, signal);
  return printChecks([await quotaIsZero(user)]) && isOnce;
}

function print({ idle, besideDirect, loaded, count }) {
  printLatencies(
    ['without load', 'cluster busy past the cloud', `queue of ${count}`],
    [
      ['GET servers/detail?limit=10', idle.times.list, besideDirect.list, loaded.times.list],
      ['GET servers/<id>', idle.times.one, besideDirect.one, loaded.times.one],
      ['POST servers, one at a time', idle.posts, [], loaded.posts],
      [`POST servers, ${AT_ONCE} at a time`, [], [], loaded.burst],
    ],
  );
}

/** State-only guests; the backend is known to the cloud with the hypervisor of its demo. */
async function takeFakeHypervisor(cloud, rapi) {
  const credentials = ['--user', 'synnefo', '--password-file', cloud.file('secrets', 'rapi')];
  const trust = ['--ca-file', cloud.file('ganeti', 'rapi-cert.pem')];
  const hypervisor = ['--hypervisor', 'fake', '--if-missing'];
  await cloud.snfManage([
    'backend-add',
    rapi.url,
    '--name',
    CLUSTER,
    ...credentials,
    ...trust,
    ...hypervisor,
  ]);
}

async function withoutLoad(user, shape, signal) {
  const posts = [];
  let serverId = '';
  for (let index = 0; index < SINGLE; index += 1) {
    const { id, ms } = await user.createServer({ ...shape, name: `single-${index}` });
    posts.push(ms);
    serverId = id;
    await user.untilBuilt(signal);
  }
  const endProbe = user.probe(serverId);
  await delay(IDLE_PROBE_MS, undefined, { signal });
  return { posts, serverId, times: await endProbe() };
}

async function underLoad({ user, shape, count, signal, serverId }) {
  const from = performance.now();
  const endProbe = user.probe(serverId);
  const single = Math.min(SINGLE, count - 1);
  const burst = await user.createServers(count - single, AT_ONCE, shape, signal);
  const posts = [];
  for (let index = 0; index < single; index += 1) {
    posts.push((await user.createServer({ ...shape, name: `late-${index}` })).ms);
    await delay(200, undefined, { signal });
  }
  await user.untilBuilt(signal);
  const seconds = (performance.now() - from) / 1_000;
  return { burst: burst.map(({ ms }) => ms), posts, seconds, times: await endProbe() };
}

export async function quotaIsZero(user) {
  // the last acceptance may still be on its way to the quota service
  let usage = await user.usage();
  for (let tries = 0; tries < 40 && Object.keys(usage).length > 0; tries += 1) {
    await delay(500);
    usage = await user.usage();
  }
  const isOk = Object.keys(usage).length === 0;
  return ['nothing is charged at the end', isOk, isOk ? '' : JSON.stringify(usage)];
}
