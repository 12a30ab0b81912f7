/**
 * The disk below PostgreSQL, and the one below Archipelago, is full for some seconds in every step of the main job. Meanwhile there may be clear errors
 * only; afterwards all is well, and no byte that was acknowledged is lost.
 */
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { assertStoreIsTidy } from './aftermath.js';
import { type Fault, probeAll } from './fault.js';
import { Disk } from './faults/disk.js';
import { postgresAnswers, useUpLog } from './faults/postgres.js';
import { spread } from './faults/spread.js';

const JOBS = 2;
const FULL_MS = 8_000;
const POSTGRES_MIB = 512;
const ARCHIPELAGO_MIB = 256;

const isRoot = process.getuid?.() === 0;

(isRoot ? describe : describe.skip)('a disk (mounted as root) is full in the middle of the main job', () => {
  jest.setTimeout(600_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  const disks: Record<string, Disk> = {};

  beforeAll(async () => {
    dir = await tmpDir();
    await chmod(dir.path, 0o755); // PostgreSQL does not run as root, and is to have its cluster here
    const dataDir = path.join(dir.path, 'data');
    disks.pg = Disk.mount(path.join(dataDir, 'pg'), POSTGRES_MIB);
    disks.archipelago = Disk.mount(path.join(dataDir, 'archipelago'), ARCHIPELAGO_MIB);
    cloud = await Cloud.start({ dataDir, queues: 'redis', qemu: 'none' });
  });

  afterAll(async () => {
    await cloud?.stop();
    for (const disk of Object.values(disks)) disk.unmount();
    await dir?.remove();
  });

  const faults: readonly Fault[] = [
    {
      name: 'disk full below Archipelago',
      isAtOnce: true,
      strike: async () => disks.archipelago?.full(FULL_MS),
    },
    {
      name: 'disk full below PostgreSQL',
      isAtOnce: true,
      strike: async () => {
        await disks.pg?.full(FULL_MS);
        await postgresAnswers(cloud);
      },
    },
    {
      name: "disk full below PostgreSQL's log",
      isAtOnce: true,
      strike: async () => {
        await Promise.all([disks.pg?.full(FULL_MS), useUpLog(cloud)]);
        await postgresAnswers(cloud);
      },
    },
  ];

  describe.each(faults)('$name', (fault) => {
    it.each(spread(fault, JOBS))('during %s', async (_steps, strikes) => {
      await probeAll(cloud, strikes);
    });
  });

  it('leaves nothing in the store', () => assertStoreIsTidy(cloud));
});
