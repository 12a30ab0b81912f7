/** `npm start` as its user meets it, up to its first server: what it says about mistakes, and what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { freePortBase, tmpDir } from '@synnefo/testing';

const START = 'infra/dev/start.mjs';

describe('npm start', () => {
  let dir: { path: string; remove(): Promise<void> };
  let dataDir: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    dir = await tmpDir();
    dataDir = path.join(dir.path, 'data');
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await dir.remove();
  });

  /** The servers of the test run are not its business: it brings its own. */
  const start = (args: readonly string[], env: Record<string, string> = {}) => {
    const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env;
    const child = spawn(process.execPath, [START, ...args], {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };

  const endOf = async (child: ChildProcess) => {
    let output = '';
    let errors = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = await once(child, 'close');
    return { code: Number(code), output, errors };
  };

  const options = async () => {
    const port = String(await freePortBase());
    return ['--data', dataDir, '--port-base', port, '--queues', 'postgres', '--qemu', 'none'];
  };

  it.each([
    [['--port-base', '-1'], /^synnefo: --port-base takes a number from 1024 to 65529, not -1\n$/],
    [['--data'], /^synnefo: Option '--data <value>' argument missing; --help lists the options\n$/],
    [['--data', '/proc/synnefo'], /^synnefo: the data directory \/proc\/synnefo cannot be used: .*\n$/],
    [
      ['--data', `${__filename}/x`],
      /^synnefo: the data directory .* cannot be used: a file is in the way\n$/,
    ],
  ])('answers %j in one line', async (args, line) => {
    const { code, output, errors } = await endOf(start(args));
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(line);
  });

  it('makes nothing when the Redis that it is given does not answer', async () => {
    const args = ['--data', dataDir, '--port-base', String(await freePortBase())];
    const { code, errors } = await endOf(start(args, { REDIS_URL: 'redis://127.0.0.1:1' }));
    expect(code).toBe(1);
    expect(errors).toMatch(/^synnefo: Redis at 127\.0\.0\.1:1 \(REDIS_URL\) does not answer: .*\n$/);
    expect(existsSync(path.join(dataDir, 'pg'))).toBe(false);
  });

  it('stops, and takes PostgreSQL with it, when nobody reads its output any more', async () => {
    const child = start(await options());
    const ended = endOf(child);
    const hasBegun = new Promise<void>((resolve) =>
      child.stdout?.on('data', (chunk: Buffer) => {
        if (chunk.includes('PostgreSQL')) resolve();
      }),
    );
    const tooEarly = ended.then(({ errors }) => Promise.reject(new Error(errors)));
    tooEarly.catch(() => undefined);
    await Promise.race([hasBegun, tooEarly]);
    expect(await serversOf(dataDir)).toHaveLength(1);
    child.stdout?.destroy();
    expect((await ended).errors).toBe('');
    expect(await serversOf(dataDir)).toEqual([]);
  }, 60_000);

  it('stops when npm is killed', async () => {
    const npm = path.join(dir.path, 'npm.sh');
    const log = path.join(dir.path, 'out');
    await writeFile(npm, '"$@" & wait\n');
    const args = [
      npm,
      'sh',
      '-c',
      `"$@" > ${log} 2>&1 & wait`,
      'sh',
      process.execPath,
      START,
      ...(await options()),
    ];
    const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env;
    const env = { ...inherited, npm_lifecycle_event: 'start' };
    const parent = spawn('sh', args, { env, stdio: 'ignore' });
    children.push(parent);
    const printed = async () => (existsSync(log) ? readFile(log, 'utf8') : '');
    await poll({ everyMs: 50, timeoutMs: 40_000, what: 'PostgreSQL' }, async () => {
      const text = await printed();
      if (text.includes('synnefo: ')) throw new Error(text);
      return text.includes('PostgreSQL') || undefined;
    });
    expect(await serversOf(dataDir)).toHaveLength(1);
    parent.kill('SIGKILL');
    await poll({ everyMs: 50, timeoutMs: 20_000, what: 'the end' }, async () =>
      (await printed()).includes('stopped') ? true : undefined,
    );
    expect(await serversOf(dataDir)).toEqual([]);
  }, 70_000);
});

/** Command lines of PostgreSQL on the cluster of this data directory. */
async function serversOf(dataDir: string): Promise<string[]> {
  const { outerDir } = JSON.parse(await readFile(path.join(dataDir, 'state.json'), 'utf8')) as {
    outerDir: string;
  };
  const clusters = [dataDir, outerDir].map((dir) => path.join(dir, 'pg'));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.split('\0').some((word) => clusters.includes(word)));
}
