// Sets of namespaces: a node, or the switch. Each is held by its first process; when that ends, everything in it ends.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../dev/failure.mjs';
import { endProcess, findProcess, recordProcess } from '../../dev/pid.mjs';
import { lastLine, run, runOrFail } from '../../dev/run.mjs';

const READY_MS = 20_000;
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
};

/**
 * Starts `script` as the first process of new namespaces and waits until it has made the file `ready`.
 * @param what { script, args, ready, record, log }: `record` keeps who holds them, over the end of this process
 * @returns the pid of that first process, as this machine sees it
 * @throws Failure with what it said
 */
export async function startNamespaces({ script, args, ready, record, log }) {
  rmSync(ready, { force: true });
  const output = openSync(log, 'w', 0o600);
  const spaces = ['--net', '--uts', '--ipc', '--mount', '--pid', '--mount-proc', '--propagation', 'private'];
  const holder = spawn('unshare', [...spaces, '--fork', '--kill-child', '--', 'bash', script, ...args], {
    env: ENVIRONMENT,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  let hasEnded = false;
  holder.once('error', () => (hasEnded = true)).once('exit', () => (hasEnded = true));
  holder.unref();
  const deadline = Date.now() + READY_MS;
  while (!existsSync(ready)) {
    if (hasEnded || Date.now() > deadline)
      throw new Failure(
        `namespaces cannot be made: ${lastLine(readFileSync(log, 'utf8')) || 'no answer'} (log: ${log})`,
      );
    await sleep(20);
  }
  const first = childOf(holder.pid);
  recordProcess(record, holder.pid, { first });
  return first;
}

/** The pid of the first process of the namespaces that `record` tells of, or null when they are gone. */
export function findNamespaces(record) {
  const holder = findProcess(record);
  return holder !== null && childOf(holder.pid) === holder.first ? holder.first : null;
}

/** Ends everything in the namespaces. */
export async function endNamespaces(record) {
  const holder = findProcess(record);
  // the first process ends with the holder, and all others of its PID namespace with it
  if (holder !== null) await endProcess(holder, { signal: 'SIGKILL' });
  rmSync(record, { force: true });
}

/** Runs a command in the namespaces of `pid` to its end. @param job as of `run`, with `pid` */
export const runIn = (pid, job) => run(inside(pid, job));

/** @throws Failure with the command's last line when it does not exit with 0 */
export const runInOrFail = (pid, job) => runOrFail(inside(pid, job));

function inside(pid, { command, args = [], ...job }) {
  return {
    ...job,
    command: 'nsenter',
    args: [...nsenterArgs(pid), command, ...args],
    env: ENVIRONMENT,
    cwd: '/',
  };
}

/** What `nsenter` needs to enter the namespaces of `pid`. Its root too: this machine may live in a changed root itself. */
export function nsenterArgs(pid) {
  const spaces = ['--mount', '--uts', '--ipc', '--net', '--pid'];
  return ['--target', String(pid), ...spaces, '--root', '--wd=/', '--'];
}

/** The only child of a process. */
function childOf(parent) {
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) return Number(name);
    } catch {
      continue; // it has just ended
    }
  }
  return null;
}
