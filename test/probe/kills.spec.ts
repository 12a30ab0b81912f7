/**
 * Every kind of process is killed (SIGKILL) once in the middle of the main job, with servers that are state only. What must hold: each step gets done
 * when it is asked again, or ends in a clear error; no byte that was acknowledged is lost, no quota unit stays charged, no server is stuck for more than a minute, and no effect
 * has two Ganeti jobs.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '@synnefo/runtime';
import { Cloud, tmpDir } from '@synnefo/testing';
import { MIB } from '@synnefo/units';
import { loginOf } from '../scenario/login.js';
import { jobsPerEffect } from './rapi-jobs.js';
import { User } from './user.js';

type Step = 'upload' | 'register' | 'create' | 'stop' | 'snapshot' | 'start' | 'delete';

const KILLS: readonly (readonly [process: string, step: Step])[] = [
  ['pithos-api', 'upload'],
  ['astakos-api', 'register'],
  ['cyclades-api', 'create'],
  ['cyclades-worker', 'create'],
  ['ganeti-sim', 'create'],
  ['archipelagod', 'create'],
  ['astakos-worker', 'stop'],
  ['cyclades-worker', 'snapshot'],
  ['pithos-worker', 'delete'],
];

describe('a process is killed in the middle of the main job', () => {
  jest.setTimeout(240_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  let user: User;
  let flavor: string;

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), queues: 'redis', qemu: 'none' });
    user = await User.logIn(cloud, await loginOf(cloud, 'demo'));
    flavor = await user.flavor();
  });

  afterAll(async () => {
    await cloud?.stop();
    await dir?.remove();
  });

  it.each(KILLS)('%s during %s', async (victim, victimStep) => {
    const name = `${victim}-${victimStep}`;
    const content = randomBytes(5 * MIB + 5);
    const step = async <T>(kind: Step, fn: () => Promise<T>): Promise<T> => {
      const killed =
        kind === victimStep ? delay(Math.random() * 250).then(() => cloud.killProcess(victim)) : null;
      const result = await fn();
      await killed;
      return result;
    };
    try {
      await step('upload', () => user.upload('files', name, content));
      const image = await step('register', () => user.register('files', name));
      const server = await step('create', () => user.createRunningServer(name, image, flavor));
      await step('stop', () => user.act(server, 'os-stop', 'SHUTOFF'));
      await step('snapshot', () => user.snapshot(server, `snap-${name}`));
      await step('start', () => user.act(server, 'os-start', 'ACTIVE'));
      const [snapshot] = (await user.listObjects('snapshots')).filter((object) =>
        object.startsWith(`snap-${name}`),
      );
      expect((await user.download('files', name)).equals(content)).toBe(true);
      expect((await user.download('snapshots', snapshot ?? '', content.length)).equals(content)).toBe(true);
      await step('delete', () => user.deleteServer(server));
      await user.deleteObject('snapshots', snapshot ?? '');
      await user.deleteObject('files', name);
      await nothingIsCharged(user);
      expect(Object.entries(await jobsPerEffect(cloud)).filter(([, jobs]) => jobs > 1)).toEqual([]);
    } catch (error) {
      throw new Error(`${String(error)}\n${await cloud.logs()}`, { cause: error });
    }
  });
});

async function nothingIsCharged(user: User): Promise<void> {
  await poll({ everyMs: 200, timeoutMs: 60_000, what: 'every quota to be back at zero' }, async () => {
    const usage = await user.usage();
    return Object.keys(usage).length === 0 ? true : undefined;
  });
}
