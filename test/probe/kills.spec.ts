/**
 * Every process is killed (SIGKILL) in the middle of every step of the main job, with servers that are state only. The short form, for every change,
 * takes one step for each process.
 */
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { assertStoreIsTidy } from './aftermath.js';
import { kill, probeAll, type Strike, titleOf } from './fault.js';
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

/** Those that wait for the database in another way when it holds the queues too. */
const PROCESSES_OF_QUEUES = ['cyclades-worker', 'astakos-worker', 'pithos-worker', 'postgres'];

/** Each line is one job. */
const SHORT: readonly Readonly<Partial<Record<StepName, string>>>[] = [
  { upload: 'pithos-api', create: 'cyclades-api', stop: 'astakos-worker', snapshot: 'cyclades-worker' },
  { register: 'astakos-api', create: 'cyclades-worker', 'delete servers': 'pithos-worker' },
  { create: 'ganeti-sim', 'create from snapshot': 'archipelagod', reboot: 'redis', start: 'postgres' },
];

type Line = (typeof SHORT)[number];

const strikesOf = (line: Line): Strike[] =>
  STEP_NAMES.flatMap((step) => {
    const process = line[step];
    return process === undefined ? [] : [{ step, fault: kill(process) }];
  });

/** In one job every third step is struck: what a blow has left would show in the two steps of peace that follow. */
const EVERY = 3;

const threeJobs = (process: string): Strike[][] =>
  Array.from({ length: EVERY }, (_, first) =>
    STEP_NAMES.filter((_step, index) => index % EVERY === first).map((step) => ({
      step,
      fault: kill(process),
    })),
  );

const isShort = process.env.SYNNEFO_PROBE !== 'long';

/** Which jobs run where the queues are. */
const JOBS: readonly (readonly [queues: 'redis' | 'postgres', jobs: readonly Strike[][]])[] = isShort
  ? [['redis', SHORT.map(strikesOf)]]
  : [
      ['redis', PROCESSES.flatMap(threeJobs)],
      ['postgres', PROCESSES_OF_QUEUES.flatMap(threeJobs)],
    ];

describe.each(JOBS)('a process is killed in the middle of the main job, queues on %s', (queues, jobs) => {
  jest.setTimeout(600_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), queues, qemu: 'none' });
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  it.each(jobs.map((strikes) => [titleOf(strikes), strikes] as const))('%s', async (_title, strikes) => {
    await probeAll(cloud, strikes);
  });

  if (!isShort) it('leaves nothing in the store', () => assertStoreIsTidy(cloud));
});
