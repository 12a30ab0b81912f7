import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { Node, type Ran, run } from './support.js';

const MIB = 1024 * 1024;

/** A test that needs programs of the machine; without them it is skipped, and its name says why. */
function withTools(tools: readonly string[], name: string, test: () => Promise<void>): void {
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  if (missing.length > 0) it.skip(`${name} (skipped: ${missing.join(', ')} is not installed)`, test);
  else it(name, test, 60_000);
}

describe('other programs on the NBD socket', () => {
  let node: Node;
  let uri = '';
  let source = '';
  beforeAll(async () => {
    node = await Node.start();
    await node.must('create', 'peer-disk', '--size', '256');
    uri = `nbd+unix:///?socket=${await node.must('export', 'peer-disk')}`;
    source = `${node.dir}/source.img`;
    writeFileSync(
      source,
      Buffer.concat([randomBytes(9 * MIB + 512), Buffer.alloc(7 * MIB), randomBytes(MIB)]),
    );
    truncateSync(source, 256 * MIB);
  });
  afterAll(() => node.remove());

  async function ok(command: string, ...args: string[]): Promise<string> {
    const ran: Ran = await run(command, args);
    if (ran.status !== 0)
      throw new Error(`${command} ${args.join(' ')}: ${ran.stderr}${ran.stdout.slice(-2000)}`);
    return ran.stdout;
  }

  withTools(['nbdinfo'], 'nbdinfo reads size, flags and contexts', async () => {
    const [described] = (
      JSON.parse(await ok('nbdinfo', '--json', uri)) as { exports: Record<string, unknown>[] }
    ).exports;
    expect(described).toMatchObject({
      'export-size': 256 * MIB,
      is_read_only: false,
      can_flush: true,
      can_fua: true,
      can_trim: true,
      can_zero: true,
      can_fast_zero: true,
      can_df: true,
      can_multi_conn: true,
      block_size_minimum: 1,
      block_size_preferred: 4096,
      block_size_maximum: 32 * MIB,
    });
    expect(described?.contexts).toEqual(['base:allocation', 'x-archipelago:owner']);
    expect(await ok('nbdinfo', '--list', uri)).toContain('peer-disk');
    expect(await ok('nbdinfo', '--size', uri)).toBe(`${256 * MIB}\n`);
    expect(await ok('nbdinfo', '--map', uri)).toMatch(/^\s*0\s+268435456\s+3\s+hole,zero\s*$/);
  });

  withTools(['qemu-io'], 'qemu-io writes, zeroes, trims and reads back', async () => {
    const commands = [
      'write -P 0x5a 0 64k',
      'write -P 0x77 5M 1M',
      'write -z 5M 128k',
      'write -z 200M 1M',
      'write -z -u 201M 1M',
      'write -z -u -n 220M 1M',
      'discard 8M 4M',
      'flush',
      'read -P 0x5a 0 64k',
      'read -P 0 5M 128k',
      'read -P 0x77 5374k 256k',
      'read -P 0 100M 1M',
      'write -f -P 1 16M 4k',
      'read -P 1 16M 4k',
    ];
    await ok('qemu-io', '-f', 'raw', ...commands.flatMap((command) => ['-c', command]), uri);
    expect((await run('qemu-io', ['-f', 'raw', '-c', 'read 255M 2M', uri])).status).toBe(1);
    const slow = await run('qemu-io', ['-f', 'raw', '-c', 'write -z -u -n 0 64k', uri]);
    expect(slow.stdout + slow.stderr).toContain('not supported');
    const wrong = await run('qemu-io', ['-f', 'raw', '-c', 'read -P 2 0 64k', uri]);
    expect(wrong.stdout).toContain('Pattern verification failed');
  });

  withTools(['qemu-img'], 'qemu-img converts in and out, compares, maps and copies', async () => {
    await ok('qemu-img', 'convert', '-n', '-f', 'raw', '-O', 'raw', source, uri);
    await ok('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', source, uri);
    await ok('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', uri, `${node.dir}/out.qcow2`);
    await ok('qemu-img', 'compare', '-F', 'raw', `${node.dir}/out.qcow2`, source);
    const map = JSON.parse(await ok('qemu-img', 'map', '-f', 'raw', '--output=json', uri)) as {
      length: number;
      zero: boolean;
      data: boolean;
    }[];
    const dataBytes = map.filter((extent) => extent.data).reduce((sum, extent) => sum + extent.length, 0);
    expect(dataBytes).toBeGreaterThanOrEqual(10 * MIB);
    expect(dataBytes).toBeLessThan(40 * MIB);
    await ok(
      'qemu-img',
      'dd',
      '-f',
      'raw',
      '-O',
      'raw',
      'bs=1M',
      'count=8',
      `if=${uri}`,
      `of=${node.dir}/dd.img`,
    );
    expect(readFileSync(`${node.dir}/dd.img`).equals(readFileSync(source).subarray(0, 8 * MIB))).toBe(true);
    await ok('qemu-img', 'bench', '-f', 'raw', '-c', '2000', '-d', '32', '-s', '4k', '-t', 'none', uri);
  });

  withTools(['nbdcopy'], 'nbdcopy copies in and out, on several connections', async () => {
    await ok('nbdcopy', source, uri);
    await ok('nbdcopy', '--connections=4', '--requests=32', uri, `${node.dir}/copy.img`);
    expect(readFileSync(`${node.dir}/copy.img`).equals(readFileSync(source))).toBe(true);
    await ok('nbdcopy', '--connections=4', '--requests=32', uri, 'null:');
  });

  withTools(['fio'], 'fio verifies what it wrote at random, with flushes', async () => {
    if (!(await ok('fio', '--enghelp')).includes('nbd')) return;
    const job = [
      '--name=verify',
      '--ioengine=nbd',
      `--uri=${uri}`,
      '--rw=randwrite',
      '--bsrange=512-128k',
      '--iodepth=16',
      '--size=64M',
    ];
    await ok(
      'fio',
      ...job,
      '--io_size=16M',
      '--verify=crc32c',
      '--fsync=16',
      '--randseed=7',
      `--aux-path=${node.dir}`,
    );
  });

  withTools(['qemu-img'], 'a clone in use reads like its image', async () => {
    await node.must('snapshot', 'peer-disk', 'peer-image');
    await node.must('clone', 'peer-image', 'peer-clone');
    const clone = `nbd+unix:///?socket=${await node.must('export', 'peer-clone')}`;
    await ok('qemu-img', 'compare', '-f', 'raw', '-F', 'raw', uri, clone);
  });
});
