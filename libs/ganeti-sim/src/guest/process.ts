/** Processes by id and start time: an id alone may belong to somebody else by now. Linux only (/proc). */
import { readFileSync } from 'node:fs';

export interface ProcessId {
  readonly pid: number;
  /** In clock ticks since the machine's start, field 22 of /proc/PID/stat. */
  readonly startTicks: string;
}

/** @returns the process's identity; null when it does not live (a zombie does not) */
export function findProcess(pid: number): ProcessId | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTicks = fields[19];
    return state === 'Z' || state === 'X' || startTicks === undefined ? null : { pid, startTicks };
  } catch {
    return null;
  }
}

export function isAlive(id: ProcessId): boolean {
  return findProcess(id.pid)?.startTicks === id.startTicks;
}

/** @returns the arguments of a living process */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Sends a signal, unless the process is gone or another one has its id. @returns whether it was sent */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false;
  try {
    process.kill(id.pid, signal);
    return true;
  } catch {
    return false;
  }
}
