/**
 * Every process is killed (SIGKILL) in the middle of every step of the main job, with servers that are state only. The short form, for every change,
 * takes one step for each process.
 */
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { assertStoreIsTidy } from './aftermath.js';
import { kill, probe, probeAll, type Strike } from './fault.js';
import { STEP_NAMES, type StepName } from './steps.js';

const PROCESSES = [
  'astakos-api',
  'astakos-worker',
  'cyclades-api',
  'cyclades-worker',
  'pithos-api',
  'pithos-worker',
  'archipelagod',
  'ganeti-sim',
  'redis',
  'postgres',
];

/** Each line is one job. */
const SHORT: readonly Readonly<Partial<Record<StepName, string>>>[] = [
  { upload: 'pithos-api', create: 'cyclades-api', stop: 'astakos-worker', snapshot: 'cyclades-worker' },
  { register: 'astakos-api', create: 'cyclades-worker', 'delete servers': 'pithos-worker' },
  { create: 'ganeti-sim', 'create from snapshot': 'archipelagod', reboot: 'redis', start: 'postgres' },
];

const isShort = process.env.SYNNEFO_PROBE !== 'long';

type Line = (typeof SHORT)[number];

const strikesOf = (line: Line): Strike[] =>
  STEP_NAMES.flatMap((step) => {
    const process = line[step];
    return process === undefined ? [] : [{ step, fault: kill(process) }];
  });

const titleOf = (line: Line) =>
  strikesOf(line)
    .map(({ fault, step }) => `${fault.name} during ${step}`)
    .join(', ');

describe('a process is killed in the middle of the main job', () => {
  jest.setTimeout(300_000);
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

  if (isShort) {
    it.each(SHORT.map((line) => [titleOf(line), strikesOf(line)] as const))('%s', async (_title, strikes) => {
      await probeAll(cloud, strikes);
    });
  } else {
    describe.each(PROCESSES)('%s', (process) => {
      it.each(STEP_NAMES)('during %s', async (step) => {
        await probe(cloud, kill(process), step);
      });
    });

    it('leaves nothing in the store', () => assertStoreIsTidy(cloud));
  }
});
