/**
 * One server's rows beside its instance: what differs. Rows are read first, the cluster after them. A server with an open effect differs in nothing:
 * its job is under way. Source: compute spec 4.1. Pure.
 */
import type { Instance } from '@synnefo/ganeti-rapi';
import type { Naming } from '../installation/naming.js';
import type { Operstate } from '../server/server.entity.js';
import { compareDisks } from './compare-disks.js';
import { compareNics } from './compare-nics.js';
import type { ServerRow } from './compared-rows.js';

export const SERVER_DIFFERENCES = [
  /** Its row lives, its instance is gone. */
  'stale',
  /** BUILD, and nothing that would end it. */
  'build',
  /** It runs and should not, or the other way round. */
  'state',
  /** CPU and memory are charged, and should not be, or the other way round. */
  'charge',
  /** It waits for a task that is over. */
  'task',
  'flavor',
  'nics',
  'disks',
] as const;
export type ServerDifferenceKind = (typeof SERVER_DIFFERENCES)[number];

export interface ServerDifference {
  readonly kind: ServerDifferenceKind;
  readonly serverId: number;
  /** What our rows say, and what the cluster says. */
  readonly here: string;
  readonly there: string;
}

/** States in which CPU and memory are charged (compute spec 3.7). */
const CHARGED: readonly Operstate[] = ['STARTED', 'BUILD', 'ERROR'];

export function compareServer(row: ServerRow, instance: Instance | null, naming: Naming): ServerDifference[] {
  if (row.isBusy || row.operstate === 'DESTROYED') return [];
  const differences = instance === null ? withoutInstance(row) : withInstance(row, instance, naming);
  return [...differences, ...compareRow(row)];
}

/** What cannot be right, whatever the cluster says. */
export function compareRow(row: ServerRow): ServerDifference[] {
  if (row.isBusy) return [];
  const differences: ServerDifference[] = [];
  if (row.chargesRunning !== CHARGED.includes(row.operstate))
    differences.push(
      difference(row, 'charge', row.chargesRunning ? 'charged' : 'not charged', row.operstate),
    );
  if (row.task !== null) differences.push(difference(row, 'task', row.task, 'no job'));
  return differences;
}

function withoutInstance(row: ServerRow): ServerDifference[] {
  const there = 'no instance';
  if (row.operstate === 'BUILD') return [difference(row, 'build', 'BUILD', there)];
  // What failed to be made never had one.
  if (row.operstate === 'ERROR' && row.action !== 'DESTROY') return [];
  return [difference(row, 'stale', row.operstate, there)];
}

function withInstance(row: ServerRow, instance: Instance, naming: Naming): ServerDifference[] {
  const differences = compareState(row, instance);
  const { vcpus, maxmem } = instance.beparams;
  if (vcpus !== row.cpu || maxmem !== row.ramMib)
    differences.push(difference(row, 'flavor', size(row.cpu, row.ramMib), size(vcpus, maxmem)));
  const nics = compareNics(row.ports, instance, naming);
  if (nics !== null) differences.push(difference(row, 'nics', nics.here, nics.there));
  const disks = compareDisks(row.volumes, instance, naming);
  if (disks !== null) differences.push(difference(row, 'disks', disks.here, disks.there));
  return differences;
}

function compareState(row: ServerRow, { oper_state: isRunning }: Instance): ServerDifference[] {
  // The node does not answer: nothing is known.
  if (isRunning === null) return [];
  const operstate = isRunning ? 'STARTED' : 'STOPPED';
  if (row.operstate === operstate || row.operstate === 'RESIZE') return [];
  return [difference(row, row.operstate === 'BUILD' ? 'build' : 'state', row.operstate, operstate)];
}

function difference(
  row: ServerRow,
  kind: ServerDifferenceKind,
  here: string,
  there: string,
): ServerDifference {
  return { kind, serverId: row.id, here, there };
}

function size(cpu: unknown, ramMib: unknown): string {
  return `${String(cpu)} CPU, ${String(ramMib)} MiB`;
}
