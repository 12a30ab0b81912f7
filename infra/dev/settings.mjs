/**
 * Settings of single processes. `<data>/settings/<process>.env` has lines `NAME=value` (empty ones and those that begin with # say nothing), read at
 * each start of that process and put over what it gets anyway: to try an option on a cloud that runs, one writes the file and ends the process, which
 * the supervisor starts again.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, oneLine } from './failure.mjs';

const SUFFIX = '.env';
const LINE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/;

/** @returns the settings of one process. @throws Failure about the first line that is none */
export function settingsOf(dir, name) {
  const file = path.join(dir, `${name}${SUFFIX}`);
  const settings = {};
  for (const [index, line] of linesOf(file).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = LINE.exec(line);
    if (match === null) throw new Failure(`${file}, line ${index + 1}: NAME=value is expected`);
    settings[match[1]] = match[2];
  }
  return settings;
}

function linesOf(file) {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${oneLine(error)}`);
  }
}

/** Looks at all of them before anything is started. @throws Failure about the first line that is none */
export function assertSettings(dir) {
  for (const name of namesIn(dir)) settingsOf(dir, name);
}

/** @throws Failure about settings of a process that there is not. @param names of all processes */
export function assertSettingsOf(dir, names) {
  const strange = namesIn(dir).find((name) => !names.includes(name));
  if (strange === undefined) return;
  const file = path.join(dir, `${strange}${SUFFIX}`);
  throw new Failure(`${file}: no process is called ${strange}; there are ${names.join(', ')}`);
}

function namesIn(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : []));
}
