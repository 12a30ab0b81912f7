/** What happens to the server of the queues: it may hang, be away, and come back without anything that it knew. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Cloud } from '@synnefo/testing';
import type { Fault } from '../fault.js';
import { hang, keepAway } from './server.js';

const NAME = 'redis';
const HANGS_MS = 8_000;
const AWAY_MS = 5_000;
const portOf = (cloud: Cloud) => cloud.portBase + 6;

export const redisHangs: Fault = {
  name: `Redis hangs ${HANGS_MS / 1000} s`,
  strike: (cloud) => hang(cloud, NAME, HANGS_MS),
};

export const redisAway: Fault = {
  name: `Redis is away ${AWAY_MS / 1000} s`,
  strike: (cloud) => keepAway(cloud, { name: NAME, port: portOf(cloud), signal: 'SIGTERM', ms: AWAY_MS }),
};

export const redisLosesData: Fault = {
  name: 'Redis loses its data',
  strike: (cloud) =>
    keepAway(cloud, {
      ...{ name: NAME, port: portOf(cloud), signal: 'SIGKILL', ms: 0 },
      meanwhile: async () => {
        const dir = path.join(cloud.dataDir, 'redis');
        await rm(dir, { recursive: true });
        await mkdir(dir);
      },
    }),
};
