/** PostgreSQL is restarted, in both ways, and is away for some seconds, in every step of the main job. */
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { assertStoreIsTidy } from './aftermath.js';
import { probeAll } from './fault.js';
import { postgresAway, postgresRestartsFast, postgresRestartsImmediately } from './faults/postgres.js';
import { spread } from './faults/spread.js';

const JOBS = 3;

describe('PostgreSQL fails in the middle of the main job', () => {
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

  describe.each([postgresAway, postgresRestartsFast, postgresRestartsImmediately])('$name', (fault) => {
    it.each(spread(fault, JOBS))('during %s', async (_steps, strikes) => {
      await probeAll(cloud, strikes);
    });
  });

  it('leaves nothing in the store', () => assertStoreIsTidy(cloud));
});
