// `npm start`: who ends npm ends the cloud, also when npm does not pass that on (SIGTERM or SIGKILL to npm alone).
import { readFileSync } from 'node:fs';
import { startTimeOf } from './pid.mjs';

const CHECK_MS = 500;
const SCRIPTS = ['start', 'dev'];
const SHELL = /^(sh|dash|bash|ash|busybox)$/;

/** Calls `fn` when npm, or its shell, has ended; does nothing when we were not started by an npm script. */
export function whenNpmIsGone(fn) {
  if (!SCRIPTS.includes(process.env.npm_lifecycle_event)) return;
  const parent = process.ppid;
  const npm = npmAbove(parent);
  const timer = setInterval(() => {
    const isThere = process.ppid === parent && (npm === null || startTimeOf(npm.pid) === npm.startTime);
    if (isThere) return;
    clearInterval(timer);
    fn();
  }, CHECK_MS).unref();
}

/** npm itself, when a shell stands between it and us; else null. */
function npmAbove(parent) {
  try {
    if (!SHELL.test(readFileSync(`/proc/${parent}/comm`, 'utf8').trim())) return null;
    const stat = readFileSync(`/proc/${parent}/stat`, 'latin1');
    const pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const startTime = startTimeOf(pid);
    return startTime === null || pid <= 1 ? null : { pid, startTime };
  } catch {
    return null; // no /proc: the shell is watched alone
  }
}
