// The configuration that forwarder, hooks and progress monitor of a Ganeti node share: one JSON file.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const MIB = 1024 * 1024;

const OPTIONS = new Map([
  ['cluster', 'string'],
  ['url', 'string'],
  ['socket', 'string'],
  ['basePath', 'string'],
  ['secretFile', 'string'],
  ['caFile', 'string'],
  ['queueDir', 'string'],
  ['spoolDir', 'string'],
  ['spoolLimitBytes', 'number'],
  ['isMasterCommand', 'object'],
]);

/** Text for --help of everything that reads the file. */
export const CONFIG_HELP = `The configuration is a JSON object:

  cluster          name of this cluster in Cyclades (snf-manage backend-list)
  url              base URL of Cyclades, such as https://cloud.example:8001/cyclades
  socket           instead of url: path of Cyclades' callback socket (CYCLADES_CALLBACK_SOCKET)
  basePath         with socket: the path of Cyclades' base URL (default /cyclades)
  secretFile       file with the callback secret (backend-modify --callback-secret-file)
  caFile           certificate that Cyclades' is checked against (default: those of the system)
  queueDir         Ganeti's job queue (default /var/lib/ganeti/queue)
  spoolDir         directory of our own: what is not sent yet, and how far the queue was read
  spoolLimitBytes  the most that waits there; beyond it the oldest goes (default 67108864)
  isMasterCommand  list of a command and its arguments that ends with 0 on the master
                   (default: ssconf_master_node beside the queue names this host)
`;

/** @throws Error that lists the mistakes */
export async function readConfig(file) {
  const given = JSON.parse(await readFile(file, 'utf8'));
  const config = {
    basePath: '/cyclades',
    queueDir: '/var/lib/ganeti/queue',
    spoolLimitBytes: 64 * MIB,
    ...given,
  };
  const mistakes = mistakesOf(config);
  if (mistakes.length > 0) throw new Error(`${file}: ${mistakes.join('; ')}`);
  return Object.freeze(config);
}

function mistakesOf(config) {
  const mistakes = [];
  for (const [name, value] of Object.entries(config)) {
    const type = OPTIONS.get(name);
    if (type === undefined) mistakes.push(`there is no option ${name}`);
    else if (typeof value !== type) mistakes.push(`${name} must be a ${type}`);
  }
  for (const name of ['cluster', 'secretFile', 'spoolDir'])
    if (config[name] === undefined) mistakes.push(`${name} is missing`);
  if ((config.url === undefined) === (config.socket === undefined))
    mistakes.push('exactly one of url and socket is needed');
  if (config.isMasterCommand !== undefined && !isCommand(config.isMasterCommand))
    mistakes.push('isMasterCommand must be a list of strings');
  for (const name of ['secretFile', 'caFile', 'queueDir', 'spoolDir', 'socket'])
    if (typeof config[name] === 'string' && !path.isAbsolute(config[name]))
      mistakes.push(`${name} must be an absolute path`);
  return mistakes;
}

function isCommand(value) {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string');
}
