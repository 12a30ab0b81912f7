// Runs a command to its end, with signs of life while it takes long.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { say } from './screen.mjs';

const SIGN_OF_LIFE_MS = 10_000;
const KEPT_BYTES = 64 * 1024;

/** How to end each command that runs now. */
const running = new Set();

/** Ends the commands that run now: the start has failed, or the user has asked to stop. */
export function endCommands() {
  for (const end of running) end();
}

/** Ends a child with all that it has started. Only for children that were spawned `detached`: they lead a group. */
export function endGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // it has ended
  }
}

/** Lets `endCommands` end this child too. @returns to be called when it has ended */
export function endWithCommands(end) {
  running.add(end);
  return () => running.delete(end);
}

/**
 * @param {{ what: string, command: string, args: string[], env?: object, cwd?: string, input?: string, quiet?: boolean }} job
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: string, output: string }>} output is both streams, the last 64 KiB
 */
export function run({ what, command, args, env = process.env, cwd, input, quiet = false, uid, gid }) {
  return new Promise((resolve, reject) => {
    // a group of its own: Ctrl-C reaches us alone
    const child = spawn(command, args, {
      env,
      cwd,
      uid,
      gid,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const hasEnded = endWithCommands(() => endGroup(child, 'SIGTERM'));
    let stdout = '';
    let output = '';
    const keep = (text) => (output = (output + text).slice(-KEPT_BYTES));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout = (stdout + text).slice(-KEPT_BYTES * 16);
      keep(text);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    child.stdin.on('error', () => undefined); // it may end without reading
    child.stdin.end(input ?? '');
    const life = setInterval(() => {
      if (!quiet) say(`  ${what}: ${lastLine(output) || 'working'}`);
    }, SIGN_OF_LIFE_MS);
    child.on('error', (error) => {
      clearInterval(life);
      hasEnded();
      reject(new Failure(`${what}: cannot run ${command} (${error.code ?? error.message})`));
    });
    child.on('close', (code, signal) => {
      clearInterval(life);
      hasEnded();
      resolve({ code, signal, stdout, output });
    });
  });
}

/** As `run`. @throws Failure with the command's last line when it does not exit with 0 */
export async function runOrFail(job) {
  const result = await run(job);
  if (result.code === 0) return result;
  const how = result.signal ?? `exit ${result.code}`;
  throw new Failure(`${job.what} failed (${how}): ${lastLine(result.output) || 'it said nothing'}`);
}

/** A word as a shell reads it, quoted where it must be. */
export function quoted(word) {
  const text = String(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function lastLine(text) {
  const lines = text.split(/[\n\r]/).filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? '').trim().slice(0, 300);
}

/** The path of an executable found on PATH or in the administrator's folders, else null. */
export function findExecutable(name) {
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ];
  for (const folder of folders) {
    if (folder === '') continue;
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return null;
}

/** Output of a short command, or null when it fails. */
export function outputOf(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000, ...options });
  return result.status === 0 ? result.stdout.trim() : null;
}
