/**
 * The same creations on one and on three simulated clusters: does the effect path keep all of them busy? Their jobs take a fixed time, so that a cluster's
 * own limit is its places divided by that time; measured past the cloud, as for a real one.
 */
import { BenchCloud } from './cloud.mjs';
import { quotaIsZero } from './one-cluster.mjs';
import { countJobs, figures, isCreate, reasonOf } from './rapi.mjs';
import { onceEach, printChecks, printClusters } from './report.mjs';
import { Sims } from './sims.mjs';

const RAM_MIB = 32;
const AT_ONCE = 8;
const DIRECT = 'past-the-cloud';
/** One for the limit and for the queue of one; three for the other. */
const NAMES = ['alone', 'first', 'second', 'third'];

/** @returns whether everything holds */
export async function threeClusters({ dir, count, jobSeconds, signal, say, isUp }) {
  say('starting a cloud and four simulated clusters');
  const cloud = await BenchCloud.start(dir, ['--qemu', 'none'], signal);
  isUp();
  const sims = new Sims(cloud.file('bench-sims'));
  try {
    const clusters = await Promise.all(NAMES.map((name) => sims.start(name, jobSeconds)));
    return await measure({ cloud, clusters, count, signal, say });
  } finally {
    say('stopping');
    await cloud.stop();
    sims.stop();
  }
}

async function measure({ cloud, clusters, count, signal, say }) {
  const [alone, ...three] = clusters;
  await cloud.snfManage(
    ...clusters.map(({ name, url, options }) => ['backend-add', url, '--name', name, ...options]),
    ...only(clusters),
  );
  const { user, flavor } = await cloud.seed(RAM_MIB);
  const network = await user.newNetwork();
  const shape = { imageRef: await user.firstImage(), flavorRef: flavor, network };
  const share = Math.ceil(count / three.length);

  say('one server on each cluster, so that the network is there');
  await user.createServers(clusters.length, clusters.length, shape, signal);
  await user.untilBuilt(signal);
  const firsts = (await Promise.all(clusters.map((cluster) => createJobs(cluster)))).flat();
  const later = async (cluster) =>
    (await createJobs(cluster)).filter((job) => !firsts.some((one) => isSame(one, job)));

  await cloud.snfManage(...only([alone]));
  say(`one cluster: ${share} creations through the API`);
  await user.createServers(share, AT_ONCE, shape, signal);
  await user.untilBuilt(signal);
  const one = await later(alone);
  say(`the cluster's own limit: ${share} creations past the cloud`);
  const pattern = one[0].ops.find(({ OP_ID }) => OP_ID === 'OP_INSTANCE_CREATE');
  const direct = await alone.rapi.createLike(pattern, { count: share, atOnce: 4, name: DIRECT, signal });

  say(`three clusters: ${count} creations through the API`);
  await cloud.snfManage(...only(three));
  const from = performance.now();
  await user.createServers(count, AT_ONCE, shape, signal);
  const posted = (performance.now() - from) / 1_000;
  await user.untilBuilt(signal);
  const active = (performance.now() - from) / 1_000;
  const each = await Promise.all(three.map((cluster) => later(cluster)));

  print({ alone, three, one, direct, each, count, posted, active });

  const servers = clusters.length + share + count;
  const isOnce = printChecks([onceEach(countJobs([...firsts, ...one, ...each.flat()]), servers)]);
  say('deleting them');
  await Promise.all([user.deleteServers(signal), alone.rapi.deleteMade(direct, signal)]);
  await user.deleteNetwork(network, signal);
  return printChecks([await quotaIsZero(user)]) && isOnce;
}

function print({ alone, three, one, direct, each, count, posted, active }) {
  const own = figures(direct, alone);
  const together = each.map((jobs, index) => figures(jobs, three[index]));
  const first = Math.min(...together.map((one) => one.first));
  const perSecond = count / (Math.max(...together.map(({ lastEnd }) => lastEnd)) - first);
  const all = {
    jobs: count,
    perSecond,
    busy: together.reduce((sum, { busy }) => sum + busy, 0) / together.length,
    arrivalSeconds: Math.max(...together.map(({ arrivalSeconds }) => arrivalSeconds)),
  };
  printClusters([
    { what: 'one, past the cloud', figures: own },
    { what: 'one, through the API', figures: figures(one, alone), beside: own.perSecond },
    ...together.map((one, index) => ({ what: three[index].name, figures: one, beside: own.perSecond })),
    { what: 'three together', figures: all, beside: own.perSecond },
  ]);
  process.stdout.write(
    `\nall ${count} requests answered within ${posted.toFixed(1)} s, all ACTIVE after ${active.toFixed(1)} s\n`,
  );
}

/** Admin commands by which only these clusters get new servers. */
function only(clusters) {
  const isWanted = (name) => clusters.some((one) => one.name === name);
  return ['demo', ...NAMES].map((name) => [
    'backend-modify',
    name,
    '--drained',
    isWanted(name) ? 'no' : 'yes',
  ]);
}

/** Whether two jobs, perhaps of two clusters, are one. */
const isSame = (one, other) => reasonOf(one) === reasonOf(other);

/** The create jobs of the cloud, with their times. */
async function createJobs({ rapi }) {
  const jobs = (await rapi.jobs()).filter((job) => isCreate(job) && reasonOf(job) !== DIRECT);
  return rapi.details(jobs.map(({ id }) => id));
}
