/**
 * The data directory of one installation.
 *
 *   state.json       name prefix, secrets and passwords of this installation (0600)
 *   lock             the supervisor that runs now
 *   run/             who the processes are that outlive a killed supervisor (PostgreSQL, Redis)
 *   log/             one file a process
 *   settings/        settings of single processes, made by whoever wants some (settings.mjs)
 *   secrets/         files that processes read their secrets from (0600)
 *   archipelago/ ganeti-sim/ redis/ pg/
 *
 * What cannot lie there is in the outer directory (outer-dir.mjs), which state.json names.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { Failure, oneLine } from './failure.mjs';
import { outerDirOf, recordOuterDir } from './outer-dir.mjs';
import { findProcess, recordProcess } from './pid.mjs';
import { writePrivate } from './private-file.mjs';

const PREFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const REASONS = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its file system is full',
  ENOENT: 'it cannot be made there',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
};

/**
 * Opens the data directory, makes it when it is missing, and holds it alone until `release()`.
 * @throws Failure when another supervisor has it
 */
export function openDataDir(dir) {
  try {
    for (const folder of ['', 'run', 'log', 'secrets']) makeFolder(path.join(dir, folder));
    chmodSync(path.join(dir, 'secrets'), 0o700);
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw new Failure(`the data directory ${dir} cannot be used: ${REASONS[error.code] ?? oneLine(error)}`);
  }
  const dataDir = realpathSync(dir);
  const lock = path.join(dataDir, 'lock');
  takeLock(lock, dataDir);
  const state = loadState(dataDir);
  recordOuterDir(state, dataDir);
  return {
    path: dataDir,
    state,
    file: (...names) => path.join(dataDir, ...names),
    folder: (...names) => {
      mkdirSync(path.join(dataDir, ...names), { recursive: true });
      return path.join(dataDir, ...names);
    },
    outer: (...names) => {
      mkdirSync(path.join(state.outerDir, ...names), { recursive: true });
      return path.join(state.outerDir, ...names);
    },
    save: () => writePrivate(path.join(dataDir, 'state.json'), `${JSON.stringify(state, null, 2)}\n`),
    release: () => rmSync(lock, { force: true }),
  };
}

/** One folder after the other: below /proc Node's own recursive mkdir never returns, and elsewhere it reports other errors than the first. */
function makeFolder(dir) {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = path.dirname(dir);
  if (parent !== dir) makeFolder(parent);
  try {
    mkdirSync(dir);
  } catch (error) {
    if (error.code !== 'EEXIST' || !statSync(dir).isDirectory()) throw error;
  }
}

function takeLock(lock, dataDir) {
  const mine = `${lock}.${process.pid}`;
  recordProcess(mine, process.pid);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      linkSync(mine, lock);
      rmSync(mine);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = findProcess(lock);
    if (holder !== null) rmSync(mine);
    if (holder !== null)
      throw new Failure(
        `${dataDir} is in use by another npm start (pid ${holder.pid}); --data takes another directory`,
      );
    rmSync(lock, { force: true });
  }
  throw new Failure(`${lock} cannot be taken`);
}

function loadState(dataDir) {
  const file = path.join(dataDir, 'state.json');
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new Failure(`${file} cannot be read: ${error.message}`);
    }
  }
  const state = {
    id: randomUUID(),
    namePrefix: `snf${Array.from({ length: 6 }, () => PREFIX_LETTERS[randomInt(36)]).join('')}-`,
    secrets: {},
  };
  state.outerDir = outerDirOf(dataDir, state.id);
  writePrivate(file, `${JSON.stringify(state, null, 2)}\n`);
  return state;
}

/** A secret of this installation: made once, then always the same. */
export function secretOf(data, name, bytes = 24) {
  if (data.state.secrets[name] === undefined) {
    data.state.secrets[name] = randomBytes(bytes).toString('base64url');
    data.save();
  }
  return data.state.secrets[name];
}

/** The same secret as a file that a process reads. @returns its path */
export function secretFileOf(data, name) {
  const file = data.file('secrets', name);
  const secret = secretOf(data, name);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== `${secret}\n`) writePrivate(file, `${secret}\n`);
  return file;
}
