import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';

const COMMAND_LIMIT_MS = 5_000;

/** Whether this node is the cluster's master now. @throws Error when nothing says so or otherwise */
export async function isMaster({ queueDir, isMasterCommand }) {
  if (isMasterCommand !== undefined) return succeeds(isMasterCommand);
  const file = path.join(path.dirname(queueDir), 'ssconf_master_node');
  const master = (await readFile(file, 'utf8')).trim();
  return master === hostname() || master.split('.', 1)[0] === hostname();
}

function succeeds([command, ...args]) {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: COMMAND_LIMIT_MS }, (error) => resolve(error === null));
  });
}
