// `npm run bench`: measures what the design promises to be fast, beside the field's tools in the same run. Bounded and self-cleaning.
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const HELP = `Usage: npm run bench [-- options]

  --only clone|nbd   one part: clone and snapshot of small and large images, or NBD throughput
  --rounds N         rounds of each measurement (default: 31 of clone, 3 of nbd)
  --quick            64 KiB of data a block instead of full 4 MiB blocks: needs little disk
  --dir DIR          where the temporary data goes (default: the system's temporary directory)

A full run needs 6 GiB of disk for a few minutes and removes it at the end.
`;
const FULL_BYTES = 6 * 1024 ** 3;

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (values.only !== undefined && !['clone', 'nbd'].includes(values.only))
    throw new Error(`--only clone or --only nbd\n\n${HELP}`);
  const rounds = values.rounds === undefined ? null : Number(values.rounds);
  if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0))
    throw new Error('--rounds needs a number');
  const { bavail, bsize } = await statfs(values.dir);
  if (!values.quick && bavail * bsize < FULL_BYTES)
    throw new Error(`${values.dir} has less than 6 GiB free: use --dir or --quick`);
  await build();
  const dist = path.join(root, 'libs/archipelago/dist/src');
  const load = (file) => import(pathToFileURL(path.join(root, 'test/perf', file)).href);
  const { withTmpDir } = await load('measure.mjs');
  await withTmpDir(values.dir, async (dir, signal) => {
    if (values.only !== 'nbd') {
      const library = await import(pathToFileURL(path.join(dist, 'index.js')).href);
      const { cloneSnapshot } = await load('clone-snapshot.mjs');
      await cloneSnapshot({ library, dir, rounds: rounds ?? 31, isQuick: values.quick, signal });
    }
    if (values.only !== 'clone') {
      const { nbdThroughput } = await load('nbd-throughput.mjs');
      await nbdThroughput({ bin: path.join(dist, 'bin'), dir, rounds: rounds ?? 3, signal });
    }
  });
}

main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
