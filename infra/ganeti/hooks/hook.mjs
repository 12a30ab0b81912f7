// A hook of Ganeti, post phase: tells Cyclades that an operation on an object is about to end. The hook's environment holds no job number, status or
// reason, and the job goes on until all hooks have run: so this wakes Cyclades up, which follows the object's jobs through RAPI.
//
// It never fails and never takes long, for Ganeti waits for it: what Cyclades does not take within 2 s is left in the spool for one process that sends
// it later (flush.mjs).
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConfig } from '../callback/config.mjs';
import { createLog } from '../callback/log.mjs';
import { isMaster } from '../callback/master.mjs';
import { encode, post } from '../callback/post.mjs';
import { Spool } from '../callback/spool.mjs';

const POST_LIMIT_MS = 2_000;
const TYPES = new Map([
  ['INSTANCE', 'instance'],
  ['NETWORK', 'network'],
]);
// Ganeti keeps what a failing hook writes; this one never fails, and its words are seen when it is run by hand.
const log = createLog('snf-ganeti-hook', (line) => void process.stderr.write(line));

/** @returns null for what nobody has to be woken for */
export function wakeUpOf(env) {
  const object = TYPES.get(env.GANETI_OBJECT_TYPE);
  if (object === undefined || env.GANETI_HOOKS_PHASE !== 'post') return null;
  const name = env[`GANETI_${env.GANETI_OBJECT_TYPE}_NAME`] ?? env.GANETI_OP_TARGET;
  if (!name || !env.GANETI_OP_CODE) return null;
  return { type: 'wake-up', object, name, operation: env.GANETI_OP_CODE };
}

/** Hands over one message: sent at once when nothing waits before it, else put behind the others. */
export async function handOver(config, message) {
  const spool = new Spool({
    dir: path.join(config.spoolDir, 'hooks'),
    limitBytes: config.spoolLimitBytes,
    log,
  });
  await spool.load();
  const encoded = encode(message);
  if (spool.size === 0 && (await isTaken(config, encoded))) return;
  await spool.append(encoded);
  startFlusher();
}

async function isTaken(config, encoded) {
  try {
    const status = await post(config, [encoded], { timeoutMs: POST_LIMIT_MS });
    if (status !== 202) log.warn({ status }, 'wake-up not taken, left in the spool');
    return status === 202;
  } catch (error) {
    log.warn({ err: error }, 'wake-up not sent, left in the spool');
    return false;
  }
}

/** Ganeti waits for the end of a hook's output: the flusher gets none of its pipes. */
function startFlusher() {
  const flush = path.join(path.dirname(fileURLToPath(import.meta.url)), 'flush.mjs');
  const child = spawn(process.execPath, [flush, ...process.argv.slice(2)], {
    detached: true,
    stdio: 'ignore',
  });
  child.on('error', (error) => log.error({ err: error }, 'flusher not started'));
  child.unref();
}

async function main() {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const message = wakeUpOf(process.env);
  if (message === null) return;
  const config = await readConfig(values.config);
  // A hook runs on the master and on the nodes of the instance.
  if (await isMaster(config)) await handOver(config, message);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error) => log.error({ err: error }, 'wake-up lost'));
