/** Settings of single processes: read at each start of a process, and told in one line when they are wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { poll } from '@synnefo/runtime';
import { freePortBase, type RunningProcess, startProcess, tmpDir } from '@synnefo/testing';

/** Supervises one process, which logs its pid and what it got. */
const SUPERVISE = `
import { Supervisor } from './infra/dev/supervise.mjs';
const [logDir, settingsDir] = process.argv.slice(1);
const supervisor = new Supervisor({ logDir, runDir: logDir, settingsDir });
const script = 'console.log(process.pid, process.env.GIVEN, process.env.SET); setInterval(() => {}, 1000); process.stdin.on("end", () => process.exit()).resume()';
const args = ['-e', script];
const env = { GIVEN: 'given', SET: 'given' };
await supervisor.start({ name: 'one', command: process.execPath, args, env, isReady: async (one) => one.output() !== '' });
console.log('ready');
`;

describe('settings of a process', () => {
  let dir: { path: string; remove(): Promise<void> };
  let settings: string;
  let supervisor: RunningProcess | undefined;

  beforeEach(async () => {
    dir = await tmpDir();
    settings = path.join(dir.path, 'settings');
    await mkdir(settings);
  });

  afterEach(async () => {
    await supervisor?.kill('SIGKILL');
    supervisor = undefined;
    await dir.remove();
  });

  const supervise = async () => {
    const args = ['--input-type=module', '-e', SUPERVISE, dir.path, settings];
    supervisor = await startProcess({ command: process.execPath, args, readyWhen: /ready/ });
    return supervisor;
  };
  /** What the process that was started `count`th said. */
  const start = (count: number) =>
    poll({ everyMs: 20, timeoutMs: 10_000, what: `start ${count}` }, async () => {
      const line = (await readFile(path.join(dir.path, 'one.log'), 'utf8')).split('\n')[count - 1];
      const [pid, ...said] = (line ?? '').split(' ');
      return said.length === 2 ? { pid: Number(pid), said } : undefined;
    });

  it('stand over what it gets anyway, from its next start on', async () => {
    await supervise();
    const first = await start(1);
    expect(first.said).toEqual(['given', 'given']);
    await writeFile(path.join(settings, 'one.env'), '# a try\n\nSET=a=b\n');
    process.kill(first.pid, 'SIGKILL');
    expect((await start(2)).said).toEqual(['given', 'a=b']);
  });

  it('that are wrong keep it from its start, and are told once', async () => {
    const running = await supervise();
    const file = path.join(settings, 'one.env');
    await writeFile(file, 'SET=good\nwrong line\n');
    process.kill((await start(1)).pid, 'SIGKILL');
    const mistake = `synnefo: one is not started: ${file}, line 2: NAME=value is expected\n`;
    await poll({ everyMs: 20, timeoutMs: 10_000, what: 'the mistake' }, () =>
      Promise.resolve(running.logs().includes(mistake) || undefined),
    );
    await writeFile(file, 'SET=mended\n');
    expect((await start(2)).said).toEqual(['given', 'mended']);
    expect(running.logs().split(mistake)).toHaveLength(2);
  });

  it('stop npm start, which says where the mistake is', async () => {
    await appendFile(path.join(settings, 'cyclades-api.env'), 'CYCLADES_PORT 8001\n');
    const args = ['infra/dev/start.mjs', '--data', dir.path, '--port-base', String(await freePortBase())];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = await once(child, 'close');
    expect({ code: Number(code), errors }).toEqual({
      code: 1,
      errors: `synnefo: ${settings}/cyclades-api.env, line 1: NAME=value is expected\n`,
    });
  });
});
