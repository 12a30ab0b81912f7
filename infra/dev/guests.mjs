// The guests of the simulated cluster outlive the simulator, as on a real node; at the end of `npm start` they end too.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { endProcess, startTimeOf } from './pid.mjs';

/** QEMU writes back what it holds on SIGTERM, so archipelagod must still run. */
export async function endGuests(data, timeoutMs = 5_000) {
  await Promise.all(guestsOf(data.file('ganeti-sim')).map((guest) => endProcess(guest, { timeoutMs })));
}

/** QEMU processes that run with a pid file of this simulator. */
function guestsOf(simDir) {
  const dir = path.join(simDir, 'pid');
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) => {
    const file = path.join(dir, name);
    try {
      const pid = Number(readFileSync(file, 'utf8'));
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes(file) ? [{ pid, startTime: startTimeOf(pid) }] : [];
    } catch {
      return []; // gone, or not ours to see
    }
  });
}
