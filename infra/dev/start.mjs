/**
 * `npm start`: the whole cloud on this machine, from a clone with nothing but Node.js and npm, until it is told to stop. Plain JavaScript without
 * dependencies, since it installs them.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkNode } from './packages.mjs';
import { Cloud } from './cloud.mjs';
import { openDataDir } from './data-dir.mjs';
import { Failure, oneLine } from './failure.mjs';
import { parseOptions } from './options.mjs';
import { removeOrphanedOuterDirs } from './outer-dir.mjs';
import { whenNpmIsGone } from './parent.mjs';
import { endCommands } from './run.mjs';
import { complain, onReaderGone, print, say } from './screen.mjs';

/** The same Ctrl-C may arrive twice (from the terminal and through npm); a later one means that the user does not want to wait. */
const SAME_SIGNAL_MS = 1_500;

async function main() {
  checkNode();
  const options = parseOptions(process.argv.slice(2));
  if (options.help !== undefined) return print(options.help);
  const data = openDataDir(options.dataDir);
  // whoever waits for this file waits for a cloud that is ready
  rmSync(data.file('clouds.yaml'), { force: true });
  const cloud = new Cloud(options, data);
  const stopping = onSignals(cloud);
  let exitCode = 0;
  try {
    await removeOrphanedOuterDirs();
    await Promise.race([cloud.start(), stopping.asked]);
    await stopping.asked;
  } catch (error) {
    if (!stopping.isAsked()) {
      complain(error instanceof Failure ? error.message : describe(error));
      exitCode = 1;
    }
  }
  endCommands();
  rmSync(data.file('clouds.yaml'), { force: true });
  await cloud.stop();
  data.release();
  if (exitCode === 0) say('stopped');
  process.exit(exitCode);
}

function describe(error) {
  if (error.code === 'ENOSPC') return `the disk is full${error.path ? `: ${error.path}` : ''}`;
  return process.env.SYNNEFO_DEBUG
    ? (error.stack ?? String(error))
    : `${error.name ?? 'Error'}: ${oneLine(error)}`;
}

function onSignals(cloud) {
  let askedAt = null;
  let resolve;
  const asked = new Promise((done) => (resolve = done));
  const ask = () => {
    if (askedAt !== null) return;
    askedAt = Date.now();
    say('stopping');
    resolve();
  };
  const onSignal = () => {
    if (askedAt === null || Date.now() - askedAt <= SAME_SIGNAL_MS) return ask();
    complain('ending everything at once');
    endCommands();
    void cloud.kill().then(() => process.exit(130));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  onReaderGone(ask);
  whenNpmIsGone(ask);
  // a test run ties a cloud to itself: it ends when its input does
  if (process.env.SYNNEFO_SUPERVISED === '1') process.stdin.on('end', ask).on('error', ask).resume();
  return { asked, isAsked: () => askedAt !== null };
}

main().catch(async (error) => {
  complain(error instanceof Failure ? error.message : describe(error));
  await sleep(10);
  process.exit(1);
});
