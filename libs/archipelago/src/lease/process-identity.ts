import { readFileSync } from 'node:fs';

/** A process of this machine, told apart from a later one with the same pid, and from one before a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of `/proc/<pid>/stat`. */
  readonly startTime: string;
  readonly bootId: string;
}

const START_TIME_AFTER_NAME = 19;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Start time of a process; null when there is none, or only a zombie. */
export function processStartTime(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[START_TIME_AFTER_NAME] ?? null;
}

let bootId: string | undefined;

function currentBootId(): string {
  bootId ??= (read('/proc/sys/kernel/random/boot_id') ?? 'unknown').trim();
  return bootId;
}

let current: ProcessIdentity | undefined;

/** This process. */
export function currentProcess(): ProcessIdentity {
  current ??= { pid: process.pid, startTime: processStartTime(process.pid) ?? '0', bootId: currentBootId() };
  return current;
}

/** Whether a process of this machine still runs. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === currentBootId() && processStartTime(identity.pid) === identity.startTime;
}

/** Reads what `JSON.stringify(currentProcess())` wrote; null for anything else. */
export function parseProcess(text: string): ProcessIdentity | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, startTime, bootId: boot } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof boot !== 'string') return null;
    return { pid, startTime, bootId: boot };
  } catch {
    return null;
  }
}
