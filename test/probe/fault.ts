/**
 * A fault in the middle of one step of the main job. The whole job runs; after it everything must hold (aftermath.ts). Each step's usual duration is
 * measured once a cloud, and the fault strikes at a random moment of it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cloud } from '@synnefo/testing';
import { assertAddresses, assertNothingRemains, usageBecomes } from './aftermath.js';
import { chance, SEED } from './random.js';
import { Job, type JobOptions, type Step, type StepName, STEPS } from './steps.js';
import { note, type Row } from './table.js';
import { isClear } from './user.js';

export interface Fault {
  /** As it reads in the table: `SIGKILL of pithos-api`, `RAPI hangs 40 s`. */
  readonly name: string;
  /** Steps that it can hurt; all by default. */
  readonly steps?: readonly StepName[];
  /** It strikes when the step begins, so that everything that the step needs meets it; else at a random moment. */
  readonly isAtOnce?: boolean;
  /** Causes it; resolves when the cause is over and everything that it took is back. */
  strike(cloud: Cloud): Promise<void>;
}

export interface Strike {
  readonly fault: Fault;
  readonly step: StepName;
}

/** How long the steps take when nothing breaks. */
type Durations = ReadonlyMap<StepName, number>;

/** The user's only network, which servers are on; it stays. */
const NETWORK = { name: 'probe', cidr: '192.168.77.0/24', usage: { 'cyclades.network.private': 1 } };
const CLEANUP_LIMIT_MS = 90_000;
const known = new WeakMap<Cloud, Promise<Durations>>();

/** A process ends without warning, and its supervisor starts another. */
export const kill = (process: string): Fault => ({
  name: `SIGKILL of ${process}`,
  strike: (cloud) => cloud.killProcess(process),
});

/** The main job with a fault in one step. @throws Error with the logs, when something does not hold */
export async function probe(cloud: Cloud, fault: Fault, step: StepName): Promise<Row> {
  const [row] = await probeAll(cloud, [{ fault, step }]);
  if (row === undefined) throw new Error(`no step ${step}`);
  return row;
}

/** The main job with a fault in each of several steps. */
export async function probeAll(
  cloud: Cloud,
  strikes: readonly Strike[],
  options: JobOptions = {},
): Promise<Row[]> {
  const durationsMs = await durationsOf(cloud, options);
  const title = titleOf(strikes);
  const job = new Job(cloud, nameOf(title), options);
  try {
    const rows = await runJob(job, (step) => {
      const strike = strikes.find((one) => one.step === step.name);
      if (strike === undefined) return undefined;
      const { fault } = strike;
      const part = fault.isAtOnce === true ? 0 : chance(`${fault.name} ${step.name}`);
      return { fault, moment: part * (durationsMs.get(step.name) ?? 0) };
    });
    await assertNothingRemains(job, NETWORK.usage);
    await note(rows);
    return rows;
  } catch (error) {
    const logs = await cloud.logs();
    await cleanUp(job).catch(() => undefined); // the next job should find what this one found
    throw new Error(`${title} (seed ${SEED}): ${String(error)}\n${logs}`, { cause: error });
  }
}

/** `SIGKILL of redis during stop, …` */
export const titleOf = (strikes: readonly Strike[]): string =>
  strikes.map(({ fault, step }) => `${fault.name} during ${step}`).join(', ');

interface Blow {
  readonly fault: Fault;
  readonly moment: number;
}

async function runJob(job: Job, blowOf: (step: Step) => Blow | undefined): Promise<Row[]> {
  const rows: Row[] = [];
  for (const step of STEPS) {
    const blow = blowOf(step);
    if (blow === undefined) await peacefulStep(job, step);
    else rows.push(await struckStep(job, step, blow));
    await job.options.settle?.(step.name);
    if (step.name === 'create from snapshot') await assertAddresses(job);
  }
  return rows;
}

/** Nothing breaks in it: it has no reason to end otherwise, or to be asked again. */
async function peacefulStep(job: Job, step: Step): Promise<void> {
  job.patience.begin();
  await step.run(job).catch((error: unknown) => {
    throw new Error(`${step.name}: ${String(error)}`, { cause: error });
  });
}

/** @param strike what a clear error is due to: it is over before the user asks again @returns how it went */
async function runStep(job: Job, step: Step, strike: Promise<void>): Promise<string> {
  job.patience.begin();
  try {
    await step.run(job);
  } catch (error) {
    if (!isClear(error)) throw new Error(`${step.name}: ${String(error)}`, { cause: error });
    await strike;
    job.patience.begin();
    await step.clear?.(job);
    await step.run(job);
    return `${error.message.slice(0, 80)}; done when asked again`;
  }
  return job.patience.repeats > 0 ? 'done when asked again' : 'done';
}

async function struckStep(job: Job, step: Step, { fault, moment }: Blow): Promise<Row> {
  let isOverAt = 0;
  const strike = delay(moment).then(async () => {
    await job.patience.during(() => fault.strike(job.cloud));
    isOverAt = Date.now();
  });
  strike.catch(() => undefined); // told below
  const outcome = await runStep(job, step, strike);
  const isWellAt = Date.now();
  await strike;
  const seconds = Math.max(0, isWellAt - isOverAt) / 1000;
  return { fault: fault.name, step: step.name, outcome, seconds: Number(seconds.toFixed(1)) };
}

function durationsOf(cloud: Cloud, options: JobOptions): Promise<Durations> {
  const durations = known.get(cloud) ?? rehearse(cloud, options);
  known.set(cloud, durations);
  return durations;
}

/** Runs the job once without a fault. */
async function rehearse(cloud: Cloud, options: JobOptions): Promise<Durations> {
  const job = new Job(cloud, 'rehearsal', options);
  await job.logIn();
  await job.user.ensureNetwork(NETWORK.name, NETWORK.cidr);
  await usageBecomes(job.user, NETWORK.usage);
  const durationsMs = new Map<StepName, number>();
  for (const step of STEPS) {
    const startedAt = Date.now();
    await peacefulStep(job, step);
    durationsMs.set(step.name, Date.now() - startedAt);
    await options.settle?.(step.name);
  }
  await assertNothingRemains(job, NETWORK.usage);
  return durationsMs;
}

/** What a job that failed has left. */
async function cleanUp(job: Job): Promise<void> {
  const limit = AbortSignal.timeout(CLEANUP_LIMIT_MS);
  await job.logIn();
  const deletions = [
    () => job.deleteServersNamed(job.name),
    () => job.deleteServersNamed(job.secondName),
    () => job.user.deleteImage(job.snapshotName),
    () => job.user.deleteObject('files', job.name),
  ];
  for (const deletion of deletions) {
    if (!limit.aborted) await deletion().catch(() => undefined);
  }
}

let jobs = 0;
/** A name that is new in its cloud; names of files may hold no spaces here. */
const nameOf = (title: string) => `${(jobs += 1)}-${title.replace(/[^a-z]+/gi, '-').slice(0, 40)}`;
