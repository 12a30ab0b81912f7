/** A master far away: its messages come over HTTPS, through what an operator puts in front of Cyclades. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { runCommand, startProcess } from '@synnefo/testing';
import { Redis } from 'ioredis';
import { CycladesCloud } from './harness.js';
import { CALLBACK_SECRET, Master } from './master.js';

const HOOKS = path.resolve(__dirname, '../../../infra/ganeti/hooks');

describe('the callback over HTTPS', () => {
  let cloud: CycladesCloud;
  let redis: Redis;
  let gateway: https.Server;
  let dir: string;
  let spool: string;

  beforeAll(async () => {
    cloud = await CycladesCloud.start({ queues: 'redis', workers: 0 });
    await Master.install(cloud);
    redis = new Redis(cloud.config.SYNNEFO_BUS_URL);
    dir = path.join(cloud.dir, 'tls');
    spool = path.join(dir, 'spool', 'hooks');
    await mkdir(dir);
    for (const name of ['cloud', 'stranger']) await makeCertificate(path.join(dir, name));
    await writeFile(path.join(dir, 'secret'), CALLBACK_SECRET);
    gateway = await startGateway(cloud.url, path.join(dir, 'cloud'));
  });

  afterAll(async () => {
    gateway?.close();
    redis?.disconnect();
    await cloud?.close();
  });

  beforeEach(() => redis.flushdb());

  /** Runs a hook as Ganeti does. @returns what it says */
  const runHook = async (instance: string, host: string, ca: string): Promise<string> => {
    await copyFile(path.join(dir, `${ca}.pem`), path.join(dir, 'ca.pem'));
    const { port } = gateway.address() as AddressInfo;
    const config = path.join(dir, 'updates.json');
    const content = {
      cluster: 'sim',
      url: `https://${host}:${port}/cyclades`,
      caFile: path.join(dir, 'ca.pem'),
      secretFile: path.join(dir, 'secret'),
      spoolDir: path.dirname(spool),
      isMasterCommand: ['true'],
    };
    await writeFile(config, JSON.stringify(content));
    const hook = await startProcess({
      command: process.execPath,
      args: [path.join(HOOKS, 'hook.mjs'), '--config', config],
      env: {
        GANETI_OBJECT_TYPE: 'INSTANCE',
        GANETI_HOOKS_PHASE: 'post',
        GANETI_INSTANCE_NAME: instance,
        GANETI_OP_CODE: 'OP_INSTANCE_STARTUP',
      },
    });
    expect(await hook.exited).toBe(0);
    return hook.logs();
  };

  /** Instances that Cyclades is woken up for. */
  const wokenFor = async (): Promise<string[]> => {
    const keys = (await redis.keys('bull:cyclades.gnt-wake-up:*')).filter((key) => /:\d+$/.test(key));
    const jobs = await Promise.all(keys.map((key) => redis.hget(key, 'data')));
    return jobs.map((job) => (JSON.parse(job ?? '{}') as { objectName: string }).objectName).sort();
  };

  const waiting = async (): Promise<number> =>
    (await readdir(spool).catch(() => [])).filter((name) => name.endsWith('.json')).length;

  const isWokenFor = (instances: string[]) =>
    poll({ everyMs: 50, timeoutMs: 30_000, what: 'the wake-ups to be taken' }, async () =>
      (await wokenFor()).join() === instances.join() && (await waiting()) === 0 ? true : undefined,
    );

  it.each(['localhost', '127.0.0.1'])('is taken from one who knows the certificate of %s', async (host) => {
    expect(await runHook('snftest-1', host, 'cloud')).toBe('');
    expect(await wokenFor()).toEqual(['snftest-1']);
  });

  it('gives nothing to a stranger, and waits for the right one', async () => {
    expect(await runHook('snftest-1', 'localhost', 'stranger')).toMatch(/self-signed certificate/);
    expect(await runHook('snftest-2', 'localhost', 'stranger')).toBe('');
    expect(await waiting()).toBe(2);
    expect(await wokenFor()).toEqual([]);
    await copyFile(path.join(dir, 'cloud.pem'), path.join(dir, 'ca.pem'));
    await isWokenFor(['snftest-1', 'snftest-2']);
  });

  it('keeps what a killed sender had still to send for the next', async () => {
    await runHook('snftest-1', 'localhost', 'stranger');
    process.kill(await flusherOf(dir), 'SIGKILL');
    await runHook('snftest-2', 'localhost', 'cloud');
    await isWokenFor(['snftest-1', 'snftest-2']);
  });
});

/** A certificate for this machine that is its own authority: `<file>.pem` and `<file>.key`. */
async function makeCertificate(file: string): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${file}.key`,
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await runCommand('openssl', ['req', '-x509', '-days', '1', ...key, ...names, '-out', `${file}.pem`]);
}

/** Ends TLS and passes requests on. */
async function startGateway(target: string, certificate: string): Promise<https.Server> {
  const { port } = new URL(target);
  const [cert, key] = await Promise.all([readFile(`${certificate}.pem`), readFile(`${certificate}.key`)]);
  const server = https.createServer({ cert, key }, (request, response) => {
    const { method, url, headers } = request;
    const onwards = http.request({ host: '127.0.0.1', port, method, path: url, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The process that sends what hooks with a configuration in this directory left. */
function flusherOf(dir: string): Promise<number> {
  return poll({ everyMs: 20, timeoutMs: 10_000, what: 'a flusher' }, async () => {
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const words = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      if (words.includes('flush.mjs') && words.includes(dir)) return Number(name);
    }
    return undefined;
  });
}
