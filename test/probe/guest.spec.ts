/**
 * archipelagod is killed (SIGKILL) in front of a guest that runs. The guest sees a pause: it reads and writes on, reboots from its disk, and what it
 * had written before and after is on the disk.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { consoleGreets, fileOnDisk } from '../scenario/main-job/guest.js';
import { loginOf } from '../scenario/login.js';
import { User } from './user.js';

describe('archipelagod is killed in front of a running guest', () => {
  jest.setTimeout(300_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), queues: 'redis', qemu: 'tcg' });
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  it('loses nothing, and the guest lives on', async () => {
    try {
      const user = await User.logIn(cloud, await loginOf(cloud, 'demo'));
      const image = await readFile(process.env.SYNNEFO_DEMO_IMAGE ?? '');
      await user.upload('files', 'demo.img', image);
      const imageId = await user.register('files', 'demo.img');
      const server = await user.createServer('guest', imageId, await user.flavor());
      await user.serverBecomes(server, 'ACTIVE');
      const [instance] = await cloud.instances();
      await consoleGreets(cloud, instance ?? '', 1);
      await cloud.killProcess('archipelagod');
      await user.reboot(server);
      await consoleGreets(cloud, instance ?? '', 2);
      await cloud.killProcess('archipelagod');
      await user.act(server, 'os-stop', 'SHUTOFF');
      await user.snapshot(server, 'after');
      const [snapshot] = await user.listObjects('snapshots');
      const disk = path.join(dir.path, 'disk.img');
      await writeFile(disk, await user.download('snapshots', snapshot ?? '', image.length));
      expect((await fileOnDisk(disk, '/boots.txt')).trim().split('\n')).toHaveLength(2);
    } catch (error) {
      throw new Error(`${String(error)}\n${await cloud.logs()}`, { cause: error });
    }
  });
});
