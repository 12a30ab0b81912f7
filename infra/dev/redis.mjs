// Redis: the server of REDIS_URL, else a private one when the machine has redis-server, else the queues go to PostgreSQL.
import net from 'node:net';
import tls from 'node:tls';
import { secretOf } from './data-dir.mjs';
import { Failure, oneLine } from './failure.mjs';
import { findProcess } from './pid.mjs';
import { assertFreePort } from './ports.mjs';
import { writePrivate } from './private-file.mjs';
import { findExecutable, outputOf } from './run.mjs';
import { say } from './screen.mjs';

const ANSWER_MS = 5_000;
/** Oldest Redis that BullMQ recommends. */
const OLDEST = [6, 2];

const isOldEnough = (major, minor) => major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);

/** Before anything is made for it. @throws Failure when the queues cannot be where they are wanted */
export async function assertQueuesPossible(queues) {
  if (queues === 'postgres') return;
  if (process.env.REDIS_URL) await assertAnswers(process.env.REDIS_URL);
  else if (queues === 'redis' && usableProgram() === null)
    throw new Failure('no Redis 6.2 or newer: set REDIS_URL, or use --install');
}

/** After `assertQueuesPossible`. @returns {Promise<string>} the URL of queues and bus */
export async function provideQueues({ data, supervisor, port, queues, postgresUrl }) {
  if (queues === 'postgres') return onPostgres(postgresUrl);
  if (process.env.REDIS_URL) {
    say('Redis: the server of REDIS_URL');
    return process.env.REDIS_URL;
  }
  const program = usableProgram();
  if (program !== null) return startRedis({ data, supervisor, port, program });
  return onPostgres(postgresUrl);
}

function onPostgres(url) {
  say('queues on PostgreSQL (no Redis)');
  return url;
}

function usableProgram() {
  const program = findExecutable('redis-server');
  if (program === null) return null;
  const version = /v=(\d+)\.(\d+)/.exec(outputOf(program, ['--version']) ?? '');
  return version !== null && isOldEnough(Number(version[1]), Number(version[2])) ? program : null;
}

async function startRedis({ data, supervisor, port, program }) {
  const password = secretOf(data, 'redis');
  const config = data.file('redis.conf');
  const settings = {
    bind: '127.0.0.1',
    port,
    dir: JSON.stringify(data.folder('redis')),
    requirepass: password,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '""',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  writePrivate(
    config,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  if (findProcess(data.file('run', 'redis.json')) === null) await assertFreePort(port, 'Redis');
  const url = `redis://:${password}@127.0.0.1:${port}`;
  await supervisor.start({
    name: 'redis',
    command: program,
    args: [config],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    outlives: true,
    facts: { port, config },
    stopMs: 8_000,
    isReady: async () => (await answer(url)) === null,
  });
  say(`Redis on port ${port}`);
  return url;
}

async function assertAnswers(url) {
  if (!/^rediss?:\/\//.test(url)) throw new Failure('REDIS_URL must begin with redis://');
  const error = await answer(url);
  if (error === null) return;
  const { hostname, port } = new URL(url);
  throw new Failure(`Redis at ${hostname}:${port || 6379} (REDIS_URL) does not answer: ${oneLine(error)}`);
}

/** Asks the server for its version. @returns null when it will do, else what is wrong */
async function answer(url) {
  try {
    const info = await ask(new URL(url));
    const version = /redis_version:(\d+)\.(\d+)/.exec(info);
    if (version === null) return new Error(info.split('\r\n')[0].slice(0, 120));
    if (!isOldEnough(Number(version[1]), Number(version[2])))
      return new Error(`it is Redis ${version[1]}.${version[2]}, 6.2 is needed`);
    return /loading:1/.test(info) ? new Error('it is loading') : null;
  } catch (error) {
    return error;
  }
}

/** `AUTH` and `INFO` over the Redis protocol; this runs without any npm package. */
function ask(url) {
  return new Promise((resolve, reject) => {
    const where = { host: url.hostname, port: Number(url.port || 6379) };
    const socket =
      url.protocol === 'rediss:' ? tls.connect({ ...where, servername: url.hostname }) : net.connect(where);
    let text = '';
    const done = (finish, value) => {
      socket.destroy();
      finish(value);
    };
    socket.setEncoding('utf8').setTimeout(ANSWER_MS, () => done(reject, new Error('no answer in 5 s')));
    socket.on('error', (error) => done(reject, error));
    socket.on('end', () => done(resolve, text));
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('executable:') || text.startsWith('-')) done(resolve, text);
    });
    if (url.password !== '') {
      const user = url.username === '' ? [] : [decodeURIComponent(url.username)];
      socket.write(command('AUTH', ...user, decodeURIComponent(url.password)));
    }
    socket.write(command('INFO', 'server'));
    socket.write(command('INFO', 'persistence'));
  });
}

const command = (...words) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
