/**
 * The clock of one process is an hour ahead, is put right, is an hour behind and put right again: each in the middle of a step of the main job, whose
 * next steps it sees. Redis is left out: its allocator and libfaketime do not bear each other.
 */
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { assertStoreIsTidy } from './aftermath.js';
import { probeAll, type Strike } from './fault.js';
import { clockLibrary, mendClock, setClock } from './faults/clock.js';

const HOUR_S = 3_600;
const PROCESSES = [
  'astakos-api',
  'astakos-worker',
  'cyclades-api',
  'cyclades-worker',
  'pithos-api',
  'pithos-worker',
  'archipelagod',
  'ganeti-sim',
  'postgres',
];

const ahead = (name: string, seconds: number) => (cloud: Cloud) => setClock(cloud, name, seconds);
const mended = (name: string) => (cloud: Cloud) => mendClock(cloud, name);

const hasLibrary = clockLibrary() !== null;

(hasLibrary ? describe : describe.skip)('the clock (by libfaketime) of one process is wrong', () => {
  jest.setTimeout(600_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), queues: 'redis', qemu: 'none' });
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  const strikesOn = (name: string): Strike[] => [
    { step: 'create', fault: { name: `clock of ${name} an hour ahead`, strike: ahead(name, HOUR_S) } },
    { step: 'snapshot', fault: { name: `clock of ${name} put back an hour`, strike: mended(name) } },
    {
      step: 'create from snapshot',
      fault: { name: `clock of ${name} an hour behind`, strike: ahead(name, -HOUR_S) },
    },
    { step: 'delete files', fault: { name: `clock of ${name} put on an hour`, strike: mended(name) } },
  ];

  it.each(PROCESSES)('%s', async (name) => {
    try {
      await probeAll(cloud, strikesOn(name));
    } catch (error) {
      await mendClock(cloud, name); // the next process is to be the only one
      throw error;
    }
  });

  it('leaves nothing in the store', () => assertStoreIsTidy(cloud));
});
