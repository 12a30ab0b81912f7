/**
 * The main job, with the clients of Debian and guests that boot: a file becomes an image, a server, a snapshot and a file again, and no block is
 * copied on the way. Steps build on each other, so the first that fails ends the test.
 */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { Cloud, type CloudOptions, tmpDir } from '@synnefo/testing';
import { KIB } from '@synnefo/units';
import { bytesBelow, pictureOf } from '../store.js';
import { consoleGreets, fileOnDisk, newInstance } from './guest.js';
import {
  registerWithPlankton,
  serverBecomes,
  shareImage,
  swift,
  tokenV2,
  tokenV3,
  usageBecomesZero,
  usageOf,
} from './steps.js';

interface Named {
  readonly ID: string;
  readonly Name: string;
}

const MAPS_GROWTH_LIMIT = 8 * KIB;
/** A page tree over a disk of 1 GiB is one leaf; a leaf of private blocks stays below this. */
const CHANGED_PAGES_LIMIT = 16 * KIB;

/** The whole job as one suite: `describe('…', () => mainJob('redis'))`; with `realNodes` on a real Ganeti cluster. */
export function mainJob(queues: 'redis' | 'postgres', realNodes?: CloudOptions['realNodes']): void {
  jest.setTimeout(240_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  let blocks: string;
  let maps: string;
  let hasFailed = false;
  let token = '';
  let demo = '';
  const ids: Record<string, string> = {};

  /** One step; after a failure the others do not run. */
  const step = (title: string, fn: () => Promise<void>): void =>
    it(title, async () => {
      if (hasFailed) throw new Error('an earlier step failed');
      hasFailed = true;
      try {
        await fn();
      } catch (error) {
        throw new Error(
          `${String(error)}
${await cloud.logs()}`,
          { cause: error },
        );
      }
      hasFailed = false;
    });

  const expectNoDataMoved = async (
    action: () => Promise<void>,
    mapsLimit = MAPS_GROWTH_LIMIT,
  ): Promise<void> => {
    const before = { blocks: await pictureOf(blocks), maps: await bytesBelow(maps) };
    await action();
    expect(await pictureOf(blocks)).toEqual(before.blocks);
    expect((await bytesBelow(maps)) - before.maps).toBeLessThanOrEqual(mapsLimit);
  };

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), queues, qemu: 'tcg', realNodes });
    blocks = path.join(cloud.dataDir, 'archipelago', 'blocks');
    maps = path.join(cloud.dataDir, 'archipelago', 'maps');
    await copyFile(process.env.SYNNEFO_DEMO_IMAGE ?? '', path.join(dir.path, 'demo.img'));
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  step('logs in with v3 and with v2.0', async () => {
    const issued = await tokenV3(cloud, 'demo');
    token = issued.token;
    demo = issued.userUuid;
    expect(await tokenV2(cloud, 'demo')).not.toBe(token);
    expect(await usageOf(cloud, token)).toEqual({});
  });

  step('uploads an image file with swift', async () => {
    await swift(cloud, 'demo', ['upload', 'files', 'demo.img'], dir.path);
    expect(await swift(cloud, 'demo', ['list', 'files'], dir.path)).toBe('demo.img\n');
  });

  step('registers it as an image through both faces, moving no data', async () => {
    const location = `pithos://${demo}/files/demo.img`;
    await expectNoDataMoved(async () => {
      ids.plankton = await registerWithPlankton(cloud, token, { name: 'by-plankton', location });
    });
    await swift(cloud, 'demo', ['upload', 'files', 'demo.img', '--object-name', 'copy.img'], dir.path);
    const args = [
      'image',
      'create',
      '--property',
      `pithos_location=pithos://${demo}/files/copy.img`,
      'by-openstack',
    ];
    await expectNoDataMoved(async () => {
      ids.glance = (await cloud.openstackJson<{ id: string }>('demo', args)).id;
    });
    const images = await cloud.openstackJson<Named[]>('demo', ['image', 'list', '--private']);
    expect(images.map((image) => image.ID)).toEqual(expect.arrayContaining([ids.plankton, ids.glance]));
  });

  step('creates a server from it, which boots', async () => {
    const flavors = await cloud.openstackJson<(Named & { RAM: number })[]>('demo', [
      'flavor',
      'list',
      '--sort-column',
      'RAM',
    ]);
    ids.flavor = flavors[0]?.ID ?? '';
    const args = [
      'server',
      'create',
      '--wait',
      '--image',
      ids.plankton ?? '',
      '--flavor',
      ids.flavor,
      'first',
    ];
    expect((await cloud.openstackJson<{ status: string }>('demo', args)).status).toBe('ACTIVE');
    ids.instance = await newInstance(cloud);
    await consoleGreets(cloud, ids.instance, 1);
    expect(await usageOf(cloud, token)).toMatchObject({ 'cyclades.vm': 1, 'cyclades.cpu': 1 });
  });

  step('stops it', async () => {
    await cloud.openstack('demo', ['server', 'stop', 'first']);
    await serverBecomes(cloud, 'demo', 'first', 'SHUTOFF');
  });

  step('snapshots its disk, moving no data', async () => {
    await expectNoDataMoved(async () => {
      await cloud.openstack('demo', ['server', 'image', 'create', '--wait', '--name', 'snap', 'first']);
    }, MAPS_GROWTH_LIMIT + CHANGED_PAGES_LIMIT);
    ids.snapshot =
      (await cloud.openstackJson<Named[]>('demo', ['image', 'list', '--name', 'snap']))[0]?.ID ?? '';
  });

  step('finds the snapshot as a file that holds the line of the boot', async () => {
    const name = (await swift(cloud, 'demo', ['list', 'snapshots'], dir.path)).trim();
    expect(name).toMatch(/^snap/);
    const disk = path.join(dir.path, 'disk.img');
    await swift(cloud, 'demo', ['download', 'snapshots', name, '-o', disk], dir.path);
    expect((await fileOnDisk(disk, '/boots.txt')).trim().split('\n')).toHaveLength(1);
  });

  step('boots a server from the snapshot, which has two lines', async () => {
    await cloud.openstack('demo', [
      'server',
      'create',
      '--wait',
      '--image',
      ids.snapshot ?? '',
      '--flavor',
      ids.flavor ?? '',
      'second',
    ]);
    const instance = await newInstance(cloud, [ids.instance ?? '']);
    await consoleGreets(cloud, instance, 1);
    await cloud.openstack('demo', ['server', 'stop', 'second']);
    await serverBecomes(cloud, 'demo', 'second', 'SHUTOFF');
    await cloud.openstack('demo', ['server', 'image', 'create', '--wait', '--name', 'again', 'second']);
    const name = (await swift(cloud, 'demo', ['list', 'snapshots', '--prefix', 'again'], dir.path)).trim();
    const disk = path.join(dir.path, 'disk2.img');
    await swift(cloud, 'demo', ['download', 'snapshots', name, '-o', disk], dir.path);
    expect((await fileOnDisk(disk, '/boots.txt')).trim().split('\n')).toHaveLength(2);
  });

  step('shows the image to the user who was given it, and to no other', async () => {
    const second = await tokenV3(cloud, 'demo2');
    const visible = async (user: 'demo2' | 'demo-admin') =>
      (await cloud.openstack(user, ['image', 'show', ids.snapshot ?? ''], { okCodes: [0, 1] })).code === 0;
    expect(await visible('demo2')).toBe(false);
    await shareImage(cloud, token, ids.snapshot ?? '', second.userUuid);
    expect(await visible('demo2')).toBe(true);
    expect(await visible('demo-admin')).toBe(false);
  });

  step('deletes everything, and every quota is back at zero', async () => {
    await cloud.openstack('demo', ['server', 'delete', '--wait', 'first', 'second']);
    await cloud.openstack('demo', [
      'image',
      'delete',
      ids.plankton ?? '',
      ids.glance ?? '',
      ids.snapshot ?? '',
      'again',
    ]);
    await swift(cloud, 'demo', ['delete', 'files'], dir.path);
    await swift(cloud, 'demo', ['delete', 'snapshots'], dir.path);
    await usageBecomesZero(cloud, token);
    expect(await cloud.openstackJson<Named[]>('demo', ['volume', 'list'])).toEqual([]);
  });
}
