// Timing, medians and tables for the measurements in this folder.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

/** Milliseconds that `fn` takes. */
export async function timed(fn) {
  const from = process.hrtime.bigint();
  await fn();
  return Number(process.hrtime.bigint() - from) / 1e6;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs a program. @returns its standard output. @throws Error with its standard error */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { maxBuffer: 16 * 1024 * 1024, timeout: 120_000, ...options },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${command} ${args.join(' ')}: ${stderr || error.message}`));
      },
    );
  });
}

export async function hasProgram(command) {
  return run(command, ['--version']).then(
    () => true,
    () => false,
  );
}

/** A directory that is removed at the end, also when `fn` fails or the user ends the run. */
export async function withTmpDir(parent, fn) {
  const dir = await mkdtemp(path.join(parent, 'syn-bench-'));
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await fn(dir, controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await rm(dir, { recursive: true, force: true });
  }
}

/** Prints rows (arrays of text) under a header, columns aligned, numbers to the right. */
export function printTable(header, rows) {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  for (const row of all) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    process.stdout.write(`${cells.join('   ').trimEnd()}\n`);
  }
}
