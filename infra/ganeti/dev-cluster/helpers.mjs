// Processes that serve the cluster from this machine and go on when whoever started them has ended.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../dev/failure.mjs';
import { endProcess, findProcess, recordProcess } from '../../dev/pid.mjs';
import { lastLine } from '../../dev/run.mjs';

const READY_MS = 10_000;
const ENDING = '.helper.json';

/** Starts `node ...args` unless the same runs already, and waits until it says that it is ready. @throws Failure with what it said */
export async function startDetached({ name, args }, { runDir, logDir }) {
  const record = path.join(runDir, `${name}${ENDING}`);
  const running = findProcess(record);
  if (running !== null && JSON.stringify(running.args) === JSON.stringify(args)) return;
  if (running !== null) await endProcess(running);
  const log = path.join(logDir, `${name}.log`);
  const output = openSync(log, 'w', 0o600);
  const child = spawn(process.execPath, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  recordProcess(record, child.pid, { args });
  const deadline = Date.now() + READY_MS;
  while (!readFileSync(log, 'utf8').includes('"msg":"ready"')) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Failure(
        `${name} does not start: ${lastLine(readFileSync(log, 'utf8')) || 'no answer'} (log: ${log})`,
      );
    await sleep(30);
  }
}

/** Ends those that were started so. */
export async function endDetached(runDir) {
  if (!existsSync(runDir)) return;
  const records = readdirSync(runDir).filter((name) => name.endsWith(ENDING));
  const running = records
    .map((name) => findProcess(path.join(runDir, name)))
    .filter((found) => found !== null);
  await Promise.all(running.map((found) => endProcess(found, { timeoutMs: 3_000 })));
}
