/**
 * The data directory of one installation.
 *
 *   state.json       name prefix, secrets and passwords of this installation (0600)
 *   lock             the supervisor that runs now
 *   run/             who the processes are that outlive a killed supervisor (PostgreSQL, Redis)
 *   log/             one file a process
 *   secrets/         files that processes read their secrets from (0600)
 *   archipelago/ ganeti-sim/ redis/ pg/
 *
 * What cannot lie there (NBD sockets need short paths, PostgreSQL's user must reach its files) is in the outer directory,
 * /var/lib/synnefo/<hash of the data path> for root, which state.json names.
 */
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { findProcess, recordProcess } from './pid.mjs';

const PREFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const OUTER = '/var/lib/synnefo';
/** Room for `/<map name>.sock` in the 107 bytes of a socket's path. */
const SOCKET_DIR_BYTES = 60;

export const isRoot = () => process.getuid?.() === 0;

/**
 * Opens the data directory, makes it when it is missing, and holds it alone until `release()`.
 * @throws Failure when another supervisor has it
 */
export function openDataDir(dir) {
  try {
    for (const folder of ['', 'run', 'log', 'secrets'])
      mkdirSync(path.join(dir, folder), { recursive: true });
    chmodSync(path.join(dir, 'secrets'), 0o700);
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw new Failure(`the data directory ${dir} cannot be used: ${error.code ?? error.message}`);
  }
  const dataDir = realpathSync(dir);
  const lock = path.join(dataDir, 'lock');
  takeLock(lock, dataDir);
  const state = loadState(dataDir);
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

/** Writes a file that only we may read; it is there whole or not at all. */
export function writePrivate(file, text) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
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

function outerDirOf(dataDir, id) {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const candidates = [path.join(OUTER, hash), dataDir, path.join(os.tmpdir(), `synnefo-${hash}`)];
  for (const dir of isRoot() ? candidates : candidates.slice(1)) {
    if (Buffer.byteLength(dir) > SOCKET_DIR_BYTES) continue;
    claimOuterDir(dir, dataDir, id);
    return dir;
  }
  throw new Failure(`the path of the data directory is too long for sockets: ${dataDir}`);
}

/** What another installation left at the same place (its data directory was removed) is moved aside, not mixed in. */
function claimOuterDir(dir, dataDir, id) {
  if (dir === dataDir) return;
  const owner = path.join(dir, 'owner.json');
  if (existsSync(dir)) {
    if (existsSync(owner))
      renameSync(dir, `${dir}.${JSON.parse(readFileSync(owner, 'utf8')).id.slice(0, 8)}`);
    else throw new Failure(`${dir} exists and is not ours; remove it, or use another --data`);
  }
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  if (!isRoot()) chmodSync(dir, 0o700);
  writePrivate(owner, `${JSON.stringify({ id, dataDir })}\n`);
}

/** Removes what installations in temporary directories, which are gone by now, have left in the place for outer directories. */
export function removeTemporaryOuterDirs() {
  if (!isRoot() || !existsSync(OUTER)) return;
  for (const name of readdirSync(OUTER)) {
    const owner = path.join(OUTER, name, 'owner.json');
    if (!existsSync(owner)) continue;
    const { dataDir } = JSON.parse(readFileSync(owner, 'utf8'));
    if (dataDir.startsWith(`${os.tmpdir()}/`) && !existsSync(dataDir))
      rmSync(path.join(OUTER, name), { recursive: true, force: true });
  }
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
