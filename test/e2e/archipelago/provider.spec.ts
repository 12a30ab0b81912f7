import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { NbdClient } from '../../../libs/archipelago/src/nbd/testing/nbd-client.js';
import { Node, run } from './support.js';

const MIB = 1024 * 1024;

describe('the ExtStorage provider', () => {
  let node: Node;
  beforeAll(async () => {
    node = await Node.start();
    await node.installProvider();
    await node.must('create', 'image-source', '--size', '8');
    const client = await NbdClient.connect(await node.must('export', 'image-source'));
    await client.write(MIB, Buffer.from('from the image'));
    await client.close();
    await node.must('snapshot', 'image-source', 'image-demo');
  });
  afterAll(() => node.remove());

  const disk = (name: string, more: Record<string, string> = {}): Record<string, string> => ({
    VOL_NAME: `${name}-uuid.ext.disk0`,
    VOL_CNAME: name,
    VOL_UUID: 'f3c6b9d2-0000-4000-8000-000000000000',
    VOL_SIZE: '16',
    ...more,
  });
  async function ok(action: string, env: Record<string, string>): Promise<string> {
    const ran = await node.provider(action, env);
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    return ran.stdout;
  }
  const blocks = (): string[] =>
    readdirSync(`${node.dir}/store/blocks`, { recursive: true }).map(String).sort();
  const info = async (name: string): Promise<{ sizeBytes: number }> =>
    JSON.parse(await node.must('--json', 'info', name)) as { sizeBytes: number };

  it('clones the origin without moving a block, and grows the clone to the size asked for', async () => {
    const before = blocks();
    const env = disk('snf-vol-1', {
      EXTP_ORIGIN: 'image-demo',
      EXTP_ORIGIN_SIZE: String(8 * MIB),
      EXTP_REUSE_DATA: 'False',
    });
    expect(await ok('create', env)).toBe('');
    expect(blocks()).toEqual(before);
    expect(await info('snf-vol-1')).toMatchObject({ sizeBytes: 16 * MIB });
    await ok('create', env);
    const uri = await ok('attach', env);
    expect(uri).toBe(`\nkvm:nbd:unix:${node.nbdDir}/snf-vol-1.sock\n`);
    expect(await ok('attach', env)).toBe(uri);
    const client = await NbdClient.connect(`${node.nbdDir}/snf-vol-1.sock`);
    expect((await client.read(MIB, 14)).toString()).toBe('from the image');
    await client.write(15 * MIB, Buffer.from('grown'));
    await client.close();
  });

  it('does what start, stop and removal of an instance call, as often as they call it', async () => {
    const env = disk('snf-vol-1');
    for (const action of ['open', 'setinfo', 'verify', 'close', 'detach', 'detach', 'attach', 'detach']) {
      await ok(action, { ...env, VOL_METADATA: 'originstname+i1', VOL_OPEN_EXCLUSIVE: 'True' });
    }
    await ok('attach', env);
    await ok('remove', env);
    await ok('remove', env);
    expect((await node.vlmc('info', 'snf-vol-1')).status).toBe(1);
    expect((await node.provider('attach', env)).stderr).toContain('snf-vol-1');
    expect((await node.provider('attach', env)).status).toBe(1);
  });

  it('knows a volume by VOL_NAME alone, once it has seen both names', async () => {
    const env = disk('snf-vol-2');
    await ok('create', env);
    const { VOL_NAME } = env;
    expect(await ok('attach', { VOL_NAME: VOL_NAME ?? '' })).toContain('/snf-vol-2.sock');
    await node.kill();
    await node.up();
    await ok('detach', { VOL_NAME: VOL_NAME ?? '' });
    await ok('remove', { VOL_NAME: VOL_NAME ?? '' });
    expect((await node.vlmc('info', 'snf-vol-2')).status).toBe(1);
  });

  it('serves unnamed disks by VOL_NAME, grows them in use and seals them for a backup', async () => {
    const env = {
      VOL_NAME: '0b2d-4c.ext.disk0',
      VOL_SIZE: '4',
      VOL_NEW_SIZE: '8',
      VOL_SNAPSHOT_NAME: '0b2d-4c.ext.disk0.snap',
      VOL_SNAPSHOT_SIZE: '4',
    };
    await ok('create', env);
    await ok('attach', env);
    const client = await NbdClient.connect(`${node.nbdDir}/${env.VOL_NAME}.sock`);
    await client.write(0, Buffer.from('one'));
    await ok('snapshot', env);
    await ok('snapshot', env);
    await client.write(0, Buffer.from('two'));
    await ok('grow', env);
    await ok('grow', env);
    expect(await info(env.VOL_NAME)).toMatchObject({ sizeBytes: 8 * MIB });
    await client.close();
    await ok('attach', { VOL_NAME: env.VOL_SNAPSHOT_NAME });
    const sealed = await NbdClient.connect(`${node.nbdDir}/${env.VOL_SNAPSHOT_NAME}.sock`);
    expect((await sealed.read(0, 3)).toString()).toBe('one');
    await sealed.close();
    for (const name of [env.VOL_SNAPSHOT_NAME, env.VOL_NAME]) await ok('remove', { VOL_NAME: name });
  });

  it('keeps the data of a disk that is attached again, and refuses to mix up two', async () => {
    await ok('create', disk('snf-vol-3'));
    await ok('create', disk('snf-vol-3', { VOL_NAME: 'other-uuid.ext.disk1', EXTP_REUSE_DATA: 'True' }));
    const missing = await node.provider('create', disk('snf-vol-4', { EXTP_REUSE_DATA: 'True' }));
    expect(missing).toMatchObject({ status: 1 });
    const otherOrigin = await node.provider('create', disk('snf-vol-3', { EXTP_ORIGIN: 'image-demo' }));
    expect(otherOrigin.stderr).toContain('another origin');
    const tooSmall = await node.provider(
      'create',
      disk('snf-vol-5', { VOL_SIZE: '4', EXTP_ORIGIN: 'image-demo' }),
    );
    expect(tooSmall.status).toBe(1);
  });

  it('says what is missing when it is not Ganeti that calls', async () => {
    expect(await node.provider('create', {})).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('VOL_NAME is not set'),
    });
    expect(await node.provider('create', { VOL_CNAME: 'snf-vol-9', VOL_SIZE: 'big' })).toMatchObject({
      status: 1,
    });
  });

  it('says that archipelagod does not answer', async () => {
    await node.kill();
    const ran = await node.provider('attach', disk('snf-vol-3'));
    expect(ran).toMatchObject({ status: 1, stdout: '' });
    expect(ran.stderr).toContain('archipelagod does not answer');
    await node.up();
  });

  it('has all the files that Ganeti asks for, and no need of an environment', async () => {
    const files = readdirSync(`${node.providerDir}/synnefo`).sort();
    expect(files).toEqual([
      'attach',
      'close',
      'create',
      'detach',
      'grow',
      'open',
      'parameters.list',
      'remove',
      'setinfo',
      'snapshot',
      'verify',
    ]);
    const out = execFileSync('env', [
      '-i',
      'VOL_NAME=abc-123.ext.disk0',
      `${node.providerDir}/synnefo/verify`,
    ]);
    expect(out.toString()).toBe('');
    expect((await run('sh', ['-n', `${node.providerDir}/synnefo/attach`])).status).toBe(0);
  });
});
