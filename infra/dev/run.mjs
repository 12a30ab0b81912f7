// Runs a command to its end, with signs of life while it takes long.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { say } from './screen.mjs';

const SIGN_OF_LIFE_MS = 10_000;
const KEPT_BYTES = 64 * 1024;

const running = new Set();

/** Ends the commands that run now: the user has asked to stop. */
export function endCommands() {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * @param {{ what: string, command: string, args: string[], env?: object, cwd?: string, input?: string, quiet?: boolean }} job
 * @returns {Promise<{ code: number | null, stdout: string, output: string }>} output is both streams, the last 64 KiB
 */
export function run({ what, command, args, env = process.env, cwd, input, quiet = false, uid, gid }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, uid, gid, stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(child);
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
      running.delete(child);
      reject(new Failure(`${what}: cannot run ${command} (${error.code ?? error.message})`));
    });
    child.on('close', (code, signal) => {
      clearInterval(life);
      running.delete(child);
      resolve({ code: code ?? (signal === null ? null : 128), stdout, output });
    });
  });
}

/** As `run`. @throws Failure with the command's last line when it does not exit with 0 */
export async function runOrFail(job) {
  const result = await run(job);
  if (result.code !== 0)
    throw new Failure(
      `${job.what} failed (exit ${result.code}): ${lastLine(result.output) || 'it said nothing'}`,
    );
  return result;
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
