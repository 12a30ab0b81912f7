// Sends what hooks left in their spool, and ends when it is empty. One at a time on a node; a hook that leaves more starts it again.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readConfig } from '../callback/config.mjs';
import { createLog } from '../callback/log.mjs';
import { Sender } from '../callback/sender.mjs';
import { becomeSingle } from '../callback/single.mjs';
import { Spool } from '../callback/spool.mjs';

/** One that is about to end may have looked before the message came: it is waited for. */
const TRIES = 10;
const EVERY_MS = 200;

async function main() {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const config = await readConfig(values.config);
  const log = createLog('snf-ganeti-hook-flush');
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => stop.abort());
  const release = await turn(config);
  if (release === null) return; // the one at work will send it
  const dir = path.join(config.spoolDir, 'hooks');
  const spool = new Spool({ dir, limitBytes: config.spoolLimitBytes, log });
  const sender = new Sender({ config, spool, log, signal: stop.signal });
  do {
    await spool.load();
    await sender.drain();
    await spool.load();
  } while (spool.size > 0 && !stop.signal.aborted);
  await release();
}

async function turn(config) {
  for (let i = 0; i < TRIES; i += 1) {
    const release = await becomeSingle('hook-flush', config.spoolDir);
    if (release !== null) return release;
    await delay(EVERY_MS);
  }
  return null;
}

main().catch((error) => {
  process.stderr.write(`flush: ${error.message}\n`);
  process.exitCode = 1;
});
