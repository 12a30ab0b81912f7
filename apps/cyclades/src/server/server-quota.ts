/** What servers are charged. Source: compute spec 3.7: memory and disks in bytes. Pure. */
import { GIB, MIB } from '@synnefo/units';
import type { ServerAction } from './server.entity.js';

export interface Size {
  readonly cpu: number;
  readonly ramMib: number;
}

export interface Charged extends Size {
  /** Whether CPU and RAM of the running server are charged now. */
  readonly chargesRunning: boolean;
  readonly diskGib: number;
}

export type Deltas = Readonly<Record<string, bigint>>;

const bytesOfMib = (mib: number): bigint => BigInt(mib) * BigInt(MIB);
const bytesOfGib = (gib: number): bigint => BigInt(gib) * BigInt(GIB);

/** What is charged while a server runs, is built, or has failed. @param sign 1n to charge, -1n to give back */
export function runningDeltas(size: Size, sign: 1n | -1n): Deltas {
  return { 'cyclades.cpu': sign * BigInt(size.cpu), 'cyclades.ram': sign * bytesOfMib(size.ramMib) };
}

/** What is charged as long as a server exists. */
function existingDeltas(size: Size, diskGib: number, sign: 1n | -1n): Deltas {
  return {
    'cyclades.vm': sign,
    'cyclades.total_cpu': sign * BigInt(size.cpu),
    'cyclades.total_ram': sign * bytesOfMib(size.ramMib),
    'cyclades.disk': sign * bytesOfGib(diskGib),
  };
}

export function createDeltas(size: Size, diskGib: number): Deltas {
  return { ...existingDeltas(size, diskGib, 1n), ...runningDeltas(size, 1n) };
}

/** The change that an action makes when it succeeds. */
export function actionDeltas(action: Exclude<ServerAction, 'BUILD'>, charged: Charged): Deltas {
  switch (action) {
    case 'START':
    case 'REBOOT':
      return charged.chargesRunning ? {} : runningDeltas(charged, 1n);
    case 'STOP':
      return charged.chargesRunning ? runningDeltas(charged, -1n) : {};
    case 'DESTROY':
      return {
        ...existingDeltas(charged, charged.diskGib, -1n),
        ...(charged.chargesRunning ? runningDeltas(charged, -1n) : {}),
      };
  }
}
