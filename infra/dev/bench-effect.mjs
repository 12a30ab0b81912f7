/**
 * `npm run bench:effect`: a queue of server creations, with one real Ganeti cluster and with three simulated ones. Starts a cloud of its own in a temporary
 * directory, and removes it. Fails when a Ganeti job was submitted twice, a server did not become ACTIVE, or something is charged at the end.
 */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { assertPossible } from '../ganeti/dev-cluster/packages.mjs';
import { oneCluster } from '../../test/perf/effect/one-cluster.mjs';
import { threeClusters } from '../../test/perf/effect/three-clusters.mjs';
import { withTmpDir } from '../../test/perf/measure.mjs';
import { Failure } from './failure.mjs';
import { removeOrphanedOuterDirs } from './outer-dir.mjs';
import { say } from './screen.mjs';

const HELP = `Usage: npm run bench:effect [-- options]

  --cluster real|sim   one real Ganeti cluster (Debian, root), or three simulated ones (default: both where the former is possible)
  --count N            servers to create (default 200)
  --job-seconds S      how long a job of a simulated cluster takes (0.1 to 39, default 20: 20 at a time make one a second, as on a real one)
  --dir DIR            where the temporary data goes (default: the system's temporary directory)
  --minutes M          limit of each of the two, once its cloud is up (default 10)

Prints jobs a second beside the cluster's own limit (the same creations submitted past the cloud), how much of a cluster's places was taken while
something waited, and how the API answers meanwhile. Ratios of one run count, not its seconds: everything shares this machine.
`;

const options = {
  cluster: { type: 'string' },
  count: { type: 'string', default: '200' },
  'job-seconds': { type: 'string', default: '20' },
  dir: { type: 'string', default: tmpdir() },
  minutes: { type: 'string', default: '10' },
  help: { type: 'boolean', short: 'h', default: false },
};

async function main() {
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(HELP);
  const settings = {
    clusters: clustersOf(values.cluster),
    count: numberOf(values, 'count', [2, 2_000]),
    jobSeconds: numberOf(values, 'job-seconds', [0.1, 39]),
    minutes: numberOf(values, 'minutes', [1, 120]),
    parent: path.resolve(values.dir),
  };
  for (const cluster of settings.clusters) if (!(await bench(cluster, settings))) process.exitCode = 1;
}

function clustersOf(which) {
  if (which === undefined) return isRealPossible() ? ['real', 'sim'] : ['sim'];
  if (!['real', 'sim'].includes(which)) throw new Failure(`--cluster takes real or sim, not ${which}`);
  if (which === 'real') assertPossible();
  return [which];
}

function isRealPossible() {
  try {
    assertPossible();
    return true;
  } catch {
    return false;
  }
}

function numberOf(values, name, [least, most]) {
  const number = Number(values[name]);
  if (values[name] === '' || !(number >= least && number <= most))
    throw new Failure(`--${name} takes a number from ${least} to ${most}, not ${values[name]}`);
  return number;
}

/** @returns whether everything held */
async function bench(cluster, { count, jobSeconds, minutes, parent }) {
  process.stdout.write(`\n== ${cluster === 'real' ? 'one real cluster' : 'three simulated clusters'}\n`);
  const limit = new AbortController();
  const isUp = () => setTimeout(() => limit.abort(), minutes * 60_000).unref();
  try {
    return await withTmpDir(parent, (dir, stopped) => {
      const run = cluster === 'real' ? oneCluster : threeClusters;
      return run({
        dir: path.join(dir, 'data'),
        count,
        jobSeconds,
        say,
        isUp,
        signal: AbortSignal.any([limit.signal, stopped]),
      });
    });
  } catch (error) {
    if (limit.signal.aborted) throw new Failure(`not done within ${minutes} minutes`);
    throw error.name === 'AbortError' ? new Failure('stopped') : error;
  } finally {
    await (
      await removeOrphanedOuterDirs()
    ).finished;
  }
}

main().catch((error) => {
  process.stderr.write(`bench:effect: ${error instanceof Failure ? error.message : error.stack}\n`);
  process.exitCode = 1;
});
