/** What may happen to requests on their way to a cluster's master, and to its answers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Cloud } from '@synnefo/testing';
import type { Fault } from '../fault.js';
import type { StepName } from '../steps.js';
import type { Behaviour, RapiProxy } from './rapi-proxy.js';

/** Longer than Cyclades waits for an answer (30 s). */
const HANGS_MS = 40_000;
const SHORT_MS = 6_000;
const LATE_MS = 5_000;

const STEPS: readonly StepName[] = [
  'create',
  'reboot',
  'stop',
  'start',
  'create from snapshot',
  'delete servers',
];

const refusal = (status: number, message: string) => ({
  status,
  body: JSON.stringify({ code: status, message, explain: 'a fault of the test' }),
});

interface RapiFault {
  readonly name: string;
  readonly ms: number;
  readonly steps?: readonly StepName[];
  readonly behaviour: Behaviour;
}

/** A creation, a change and a removal stand for all. */
const long = { ms: HANGS_MS, steps: ['create', 'stop', 'delete servers'] } as const;

/** A step meets its fault from its first request on. */
const FAULTS: readonly RapiFault[] = [
  { name: `RAPI hangs ${HANGS_MS / 1000} s`, ...long, behaviour: () => Promise.resolve() },
  {
    name: `RAPI takes requests and hangs ${HANGS_MS / 1000} s`,
    ...long,
    behaviour: async ({ forward }) => void (await forward()),
  },
  {
    name: `RAPI answers ${LATE_MS / 1000} s late`,
    ms: 3 * LATE_MS,
    behaviour: async ({ forward, answer }) => {
      const late = await forward();
      await delay(LATE_MS);
      answer(late);
    },
  },
  {
    name: 'RAPI loses the connection before it answers',
    ms: SHORT_MS,
    behaviour: async ({ forward, drop }) => {
      await forward();
      drop();
    },
  },
  {
    name: 'RAPI refuses (503)',
    ms: SHORT_MS,
    behaviour: ({ answer }) => Promise.resolve(answer(refusal(503, 'Service Unavailable'))),
  },
  {
    name: 'RAPI takes requests and answers 504',
    ms: SHORT_MS,
    behaviour: async ({ forward, answer }) => {
      await forward();
      answer(refusal(504, 'Gateway Timeout'));
    },
  },
  {
    name: 'RAPI answers with half of its JSON',
    ms: SHORT_MS,
    behaviour: async ({ forward, answer }) => {
      const { status, body } = await forward();
      answer({ status, body: /^\s*[[{]/.test(body) ? body.slice(0, body.length / 2) : '' }); // half a number is a number
    },
  },
  {
    name: 'RAPI breaks connections off',
    ms: SHORT_MS,
    behaviour: ({ drop }) => Promise.resolve(drop()),
  },
];

/** @param proxyOf the one in front of the cloud's cluster */
export function rapiFaults(proxyOf: (cloud: Cloud) => RapiProxy): Fault[] {
  return FAULTS.map(({ name, ms, steps = STEPS, behaviour }) => ({
    name,
    steps,
    isAtOnce: true,
    strike: (cloud) => proxyOf(cloud).during(behaviour, ms),
  }));
}
