import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Busy } from '../../errors.js';
import { currentProcess, isProcessAlive, parseProcess } from '../../lease/process-identity.js';
import { errno } from './fs-error.js';

const RETRY_MS = 5;
const PATIENCE_MS = 10_000;

/** In-process queue per key, so that only one caller at a time meets the lock file. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `fn` while no other process of this machine is inside the same `path`. A lock file names its holder by pid and
 * start time; that of a dead process is taken over. Held for one read and one rename only: nothing is synced inside.
 */
export async function withKeyLock<T>(path: string, fn: () => Promise<T>): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve();
  const mine = before.then(
    () => locked(path, fn),
    () => locked(path, fn),
  );
  queues.set(path, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(path) === mine) queues.delete(path);
  }
}

async function locked<T>(path: string, fn: () => Promise<T>): Promise<T> {
  const lockPath = `${path}~lock`;
  const draft = `${path}~${randomBytes(8).toString('hex')}`;
  await writeFile(draft, JSON.stringify(currentProcess()), { flag: 'wx' });
  try {
    await take(draft, lockPath);
  } finally {
    await unlink(draft);
  }
  try {
    return await fn();
  } finally {
    await unlink(lockPath);
  }
}

async function take(draft: string, lockPath: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await link(draft, lockPath);
      return;
    } catch (error) {
      if (errno(error) !== 'EEXIST') throw error;
    }
    if (await removeDead(lockPath)) continue;
    if (Date.now() > deadline) throw new Busy(`${lockPath} is held for too long`);
    await sleep(RETRY_MS);
  }
}

/** True when the lock was free or belonged to a dead process and is gone now. */
async function removeDead(lockPath: string): Promise<boolean> {
  const holder = await readFile(lockPath, 'utf8').catch(() => null);
  if (holder === null) return true;
  const owner = parseProcess(holder);
  if (owner === null || isProcessAlive(owner)) return false;
  const aside = `${lockPath}${randomBytes(8).toString('hex')}`;
  try {
    await rename(lockPath, aside);
  } catch (error) {
    if (errno(error) === 'ENOENT') return true;
    throw error;
  }
  // Somebody else may have removed the dead lock and taken a new one in between: give that one back.
  if ((await readFile(aside, 'utf8')) !== holder) await link(aside, lockPath).catch(() => undefined);
  await unlink(aside);
  return true;
}
