import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Archipelago } from '@synnefo/archipelago';
import { poll } from '@synnefo/runtime';
import { NbdClient } from '../../../libs/archipelago/src/nbd/testing/nbd-client.js';
import { Node } from './support.js';

const MIB = 1024 * 1024;

describe('archipelagod', () => {
  let node: Node;
  beforeAll(async () => {
    node = await Node.start();
  });
  afterAll(() => node.remove());

  it('creates, lists, shows, grows and removes volumes through vlmc', async () => {
    expect(await node.must('create', 'disk-one', '--size', '64')).toBe('');
    expect(await node.must('info', 'disk-one')).toContain(`Volume disk-one: size: ${64 * MIB}`);
    expect(await node.must('list', '--prefix', 'disk-o')).toBe('disk-one');
    await node.must('grow', 'disk-one', '--size', '128');
    expect(JSON.parse(await node.must('--json', 'info', 'disk-one'))).toMatchObject({
      sizeBytes: 128 * MIB,
      readOnly: false,
    });
    await node.must('remove', 'disk-one');
    expect(await node.must('list')).not.toContain('disk-one');
  });

  it('says what is wrong on standard error, in one line and with status 1', async () => {
    const missing = await node.vlmc('info', 'not-there');
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^vlmc: .*not-there.*\n$/);
    await node.must('create', 'disk-two', '--size', '1');
    expect((await node.vlmc('create', 'disk-two', '--size', '1')).status).toBe(1);
    expect((await node.vlmc('create', 'disk-three')).stderr).toMatch(/sizeBytes or origin/);
    expect((await node.vlmc('create', 'x', '--size', '1')).status).toBe(1);
    expect((await node.vlmc('grow', 'disk-two', '--size', 'many')).stderr).toMatch(/a number of MiB/);
  });

  it('serves an exported volume, snapshots it in use, and clones the snapshot', async () => {
    await node.must('create', 'disk-live', '--size', '32');
    const socket = await node.must('export', 'disk-live');
    expect(socket).toBe(`${node.nbdDir}/disk-live.sock`);
    expect(await node.must('export', 'disk-live')).toBe(socket);
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    expect((await node.vlmc('remove', 'disk-live')).stderr).toMatch(/attached/);

    const client = await NbdClient.connect(socket);
    await client.write(5 * MIB + 100, Buffer.from('before'));
    expect(await node.must('snapshot', 'disk-live', 'snap-live')).toBe('Snapshot name: snap-live');
    await client.write(5 * MIB + 100, Buffer.from('after!'));
    expect((await client.read(5 * MIB + 100, 6)).toString()).toBe('after!');
    await client.close();

    await node.must('clone', 'snap-live', 'disk-copy', '--size', '40');
    const copy = await NbdClient.connect(await node.must('export', 'disk-copy'));
    expect(copy.sizeBytes).toBe(40 * MIB);
    expect((await copy.read(5 * MIB + 100, 6)).toString()).toBe('before');
    await copy.close();
    const sealed = await NbdClient.connect(await node.must('export', 'snap-live'));
    expect(sealed.exportFlags & 2).toBe(2);
    expect((await sealed.call({ command: 1, payload: Buffer.alloc(512) })).error).toBe(1);
    await sealed.close();
    for (const name of ['disk-live', 'disk-copy', 'snap-live']) {
      await node.must('unexport', name);
      await node.must('unexport', name);
      expect(existsSync(`${node.nbdDir}/${name}.sock`)).toBe(false);
    }
  });

  it('seals for another process that finds it in the lease of an open volume', async () => {
    await node.must('create', 'disk-held', '--size', '8');
    const client = await NbdClient.connect(await node.must('export', 'disk-held'));
    await client.write(0, Buffer.from('held'));
    const other = await Archipelago.open({ store: `dir:${node.dir}/store`, node: 'node1' });
    expect(await other.snapshot('disk-held', 'snap-held')).toMatchObject({
      name: 'snap-held',
      readOnly: true,
    });
    expect(await other.snapshot('disk-held', 'snap-held')).toMatchObject({ name: 'snap-held' });
    expect(await other.grow('disk-held', 16 * MIB)).toMatchObject({ sizeBytes: 16 * MIB });
    const reader = await other.reader('snap-held');
    expect((await reader.read(0, 4)).toString()).toBe('held');
    await other.close();
    await client.write(12 * MIB, Buffer.from('grown'));
    await client.close();
    await node.must('unexport', 'disk-held');
  });

  it('closes a volume when its last client has been away for the linger time', async () => {
    await node.must('create', 'disk-linger', '--size', '1');
    const client = await NbdClient.connect(await node.must('export', 'disk-linger'));
    const isOpen = async (): Promise<boolean> =>
      (JSON.parse(await node.must('--json', 'info', 'disk-linger')) as { attached: { open: boolean } })
        .attached.open;
    expect(await isOpen()).toBe(true);
    await client.close();
    await poll({ everyMs: 50, timeoutMs: 10_000, what: 'the volume to close' }, async () =>
      (await isOpen()) ? undefined : true,
    );
    const again = await NbdClient.connect(await node.must('export', 'disk-linger'));
    await again.flush();
    await again.close();
  });

  it('attaches the same volumes again after kill -9, and keeps what was answered', async () => {
    await node.must('create', 'disk-kept', '--size', '16');
    const socket = await node.must('export', 'disk-kept');
    const client = await NbdClient.connect(socket);
    await client.write(MIB, Buffer.from('answered'));
    await node.kill();
    await client.closed;
    expect(existsSync(socket)).toBe(true);
    writeFileSync(`${node.nbdDir}/leftover.txt`, '');
    await node.up();
    const again = await NbdClient.connect(socket);
    expect((await again.read(MIB, 8)).toString()).toBe('answered');
    await again.close();
  });

  it('removes dead sockets at the start, but not those that somebody serves', async () => {
    await node.must('create', 'disk-dead', '--size', '1');
    const dead = await node.must('export', 'disk-dead');
    await node.kill();
    const other = createServer().listen(`${node.nbdDir}/other.sock`);
    await node.up();
    await node.must('unexport', 'disk-dead');
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(`${node.nbdDir}/other.sock`)).toBe(true);
    await node.must('create', 'disk-other', '--size', '1');
    other.close();
  });

  it('refuses to start beside a living one, in one line', async () => {
    const second = await node.second();
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/^archipelagod: another archipelagod serves .*control\.sock\n$/);
    expect(await node.must('list', '--prefix', 'disk-kept')).toBe('disk-kept');
  });

  it('lists every mistake of its configuration', async () => {
    const wrong = await Node.start({ ARCHIPELAGO_STORE: 'nowhere', ARCHIPELAGO_CONTROL: 'http://x' }).catch(
      (error: unknown) => String(error),
    );
    expect(wrong).toContain('ARCHIPELAGO_STORE: must be dir:/path or memory:');
    expect(wrong).toContain('ARCHIPELAGO_CONTROL: must be unix:');
  });

  it('has its control socket for its own user only', () => {
    expect(statSync(node.control.slice('unix:'.length)).mode & 0o777).toBe(0o600);
  });

  it('ends cleanly on SIGTERM with a client connected, and goes on from there', async () => {
    const socket = await node.must('export', 'disk-kept');
    const client = await NbdClient.connect(socket);
    await client.write(2 * MIB, Buffer.from('last words'));
    await node.kill('SIGTERM');
    expect(await node.exited).toBe(0);
    await client.closed;
    expect(existsSync(socket)).toBe(false);
    await node.up();
    const again = await NbdClient.connect(socket);
    expect((await again.read(2 * MIB, 10)).toString()).toBe('last words');
    await again.close();
  });
});
