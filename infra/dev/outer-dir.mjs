/**
 * The outer directory of an installation holds what cannot lie in its data directory: NBD sockets, which need short paths, and, for root, PostgreSQL's
 * cluster when its user cannot reach the data directory. It is /var/lib/synnefo/<hash of the data path> for root, else the data directory itself, or,
 * when that path is too long, a directory in the temporary one. `owner.json` in it says whose it is; what belongs to a data directory that is gone is
 * removed by the next start of any installation.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Failure, oneLine } from './failure.mjs';
import { endProcess, isRunning, startTimeOf } from './pid.mjs';
import { writePrivate } from './private-file.mjs';
import { say } from './screen.mjs';
import { isRoot } from './user.mjs';

const OUTER = '/var/lib/synnefo';
const TEMPORARY = 'synnefo-';
/** What is being removed is called so; the next start goes on with it. */
const GONE = '.gone';
/** Room for `/<map name>.sock` in the 107 bytes of a socket's path. */
const SOCKET_DIR_BYTES = 60;

/** Chooses and makes the outer directory of a new installation. */
export function outerDirOf(dataDir, id) {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const candidates = [path.join(OUTER, hash), dataDir, path.join(os.tmpdir(), `${TEMPORARY}${hash}`)];
  for (const dir of isRoot() ? candidates : candidates.slice(1)) {
    if (Buffer.byteLength(dir) > SOCKET_DIR_BYTES) continue;
    recordOuterDir({ outerDir: dir, id }, dataDir);
    return dir;
  }
  throw new Failure(`the path of the data directory is too long for sockets: ${dataDir}`);
}

/**
 * What another installation has at the same place (its data directory was removed, or is on a disk that is away) is not mixed in; what this one had
 * there comes back.
 */
function takePlace(dir, id) {
  const aside = (of) => `${dir}.${of.slice(0, 8)}`;
  if (existsSync(dir)) {
    const owner = ownerOf(dir);
    if (owner === null) throw new Failure(`${dir} exists and is not ours; remove it, or use another --data`);
    if (owner.id === id) return;
    renameSync(dir, aside(owner.id));
  }
  if (existsSync(aside(id))) renameSync(aside(id), dir);
}

/** Notes in the outer directory whose it is: the data directory, the file system that one is on, and the supervisor that runs now. */
export function recordOuterDir({ outerDir, id }, dataDir) {
  if (outerDir === dataDir) return;
  try {
    takePlace(outerDir, id);
    mkdirSync(outerDir, { recursive: true, mode: isRoot() ? 0o755 : 0o700 });
    if (!isRoot()) chmodSync(outerDir, 0o700);
    const supervisor = { pid: process.pid, startTime: startTimeOf(process.pid) };
    const owner = { id, dataDir, device: statSync(dataDir).dev, ...supervisor };
    writePrivate(path.join(outerDir, 'owner.json'), `${JSON.stringify(owner)}\n`);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${outerDir}, which belongs to ${dataDir}, cannot be used: ${oneLine(error)}`);
  }
}

function ownerOf(dir) {
  try {
    return JSON.parse(readFileSync(path.join(dir, 'owner.json'), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Removes the outer directories of installations that are gone. What cannot be removed stays, and no start fails by it.
 * @returns {Promise<{ finished: Promise<unknown> }>} when nothing runs in them any more; `finished` when the files are gone, too
 */
export async function removeOrphanedOuterDirs() {
  const removals = [];
  for (const dir of outerDirs()) {
    try {
      if (!dir.endsWith(GONE) && !(await isOrphan(dir))) continue;
      const gone = dir.endsWith(GONE) ? dir : `${dir}${GONE}`;
      if (gone !== dir) renameSync(dir, gone);
      removals.push(rm(gone, { recursive: true, force: true }));
    } catch {
      continue;
    }
  }
  return { finished: Promise.allSettled(removals) };
}

/** Says so, and ends what still runs in it. */
async function isOrphan(dir) {
  const owner = ownerOf(dir);
  if (owner === null || isRunning(owner) || !isGone(owner)) return false;
  await endPostgres(path.join(dir, 'pg'));
  say(`removing ${dir}: its data directory ${owner.dataDir} is gone`);
  return true;
}

function outerDirs() {
  const list = (place, isOne) => {
    if (!existsSync(place)) return [];
    return readdirSync(place).flatMap((name) => (isOne(name) ? [path.join(place, name)] : []));
  };
  const temporary = list(os.tmpdir(), (name) => /^synnefo-[0-9a-f]{12}(\.|$)/.test(name));
  return isRoot() ? [...list(OUTER, () => true), ...temporary] : temporary;
}

/** Whether the installation was removed, or made anew at the same place; not when the file system that it was on is away. */
function isGone({ id, dataDir, device }) {
  if (!dataDir.startsWith(`${os.tmpdir()}/`) && device !== deviceOf(dataDir)) return false;
  const state = path.join(dataDir, 'state.json');
  return !existsSync(state) || JSON.parse(readFileSync(state, 'utf8')).id !== id;
}

/** Of the folder, or of the nearest one above it. */
function deviceOf(dir) {
  return existsSync(dir) ? statSync(dir).dev : deviceOf(path.dirname(dir));
}

/** A killed supervisor may have left it running. */
async function endPostgres(cluster) {
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  const startTime = startTimeOf(pid);
  if (startTime === null || !readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(cluster))
    return;
  await endProcess({ pid, startTime }, { signal: 'SIGINT', lastSignal: 'SIGQUIT', timeoutMs: 5_000 });
}
