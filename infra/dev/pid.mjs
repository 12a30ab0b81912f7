// A process is known by its pid and its start time: a pid alone may belong to another by now.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** When the process began, as text that only it has; null when it does not run (a zombie does not). */
export function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
  } catch {
    if (process.platform === 'linux') return null;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** Writes who `pid` is. @returns the record */
export function recordProcess(file, pid, facts = {}) {
  const record = { pid, startTime: startTimeOf(pid), ...facts };
  writeFileSync(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  return record;
}

/** The record in `file` when its process still runs, else null (and the file is gone). */
export function findProcess(file) {
  let record;
  try {
    record = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
  if (isRunning(record)) return record;
  rmSync(file, { force: true });
  return null;
}

export function isRunning({ pid, startTime }) {
  return startTime !== null && startTimeOf(pid) === startTime;
}

/** Waits until the process is gone. @returns false when it still runs after `timeoutMs` */
export async function waitForEnd(record, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(record)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Ends a process that is not our child: `signal`, then, after `timeoutMs`, `lastSignal`. */
export async function endProcess(
  record,
  { signal = 'SIGTERM', lastSignal = 'SIGKILL', timeoutMs = 8_000 } = {},
) {
  for (const next of [signal, lastSignal]) {
    if (!isRunning(record)) return;
    try {
      process.kill(record.pid, next);
    } catch {
      return; // it ended in this moment
    }
    if (await waitForEnd(record, timeoutMs)) return;
  }
}
