/** The way to the cluster's master breaks in every step of the main job that goes there: no effect may get two Ganeti jobs, whatever is lost. */
import path from 'node:path';
import { Cloud, tmpDir } from '@synnefo/testing';
import { assertStoreIsTidy } from './aftermath.js';
import { probeAll } from './fault.js';
import { rapiFaults } from './faults/rapi.js';
import { RapiProxy } from './faults/rapi-proxy.js';
import { spread } from './faults/spread.js';

/** Between two steps that go to the cluster there is mostly one that does not. */
const JOBS = 1;

describe('RAPI fails in the middle of the main job', () => {
  jest.setTimeout(900_000);
  let dir: { path: string; remove(): Promise<void> };
  let cloud: Cloud;
  let proxy: RapiProxy;

  beforeAll(async () => {
    dir = await tmpDir();
    cloud = await Cloud.start({ dataDir: path.join(dir.path, 'data'), queues: 'redis', qemu: 'none' });
    proxy = await RapiProxy.open(cloud);
  });

  afterAll(async () => {
    await proxy?.close();
    await cloud?.stop();
    await dir?.remove();
  });

  describe.each(rapiFaults(() => proxy))('$name', (fault) => {
    it.each(spread(fault, JOBS))('during %s', async (_steps, strikes) => {
      await probeAll(cloud, strikes);
    });
  });

  it('leaves nothing in the store', () => assertStoreIsTidy(cloud));
});
