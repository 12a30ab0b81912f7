/** Instances with our prefix beside the servers: those that no server stands for. Source: compute spec 4.1. Pure. */
import type { Instance } from '@synnefo/ganeti-rapi';
import type { Naming } from '../installation/naming.js';

/** What is known of the server whose name an instance carries. */
export interface OrphanRow {
  readonly id: number;
  readonly backendId: number;
  /** Deleted before the cluster was read. */
  readonly wasDeleted: boolean;
  readonly isDeleted: boolean;
  /** An effect of it is open. */
  readonly isBusy: boolean;
}

export interface Orphan {
  readonly serverId: number;
  readonly instanceName: string;
  /** `deleted`: its server was one of ours; `unknown`: there never was one; `elsewhere`: the server lives on another cluster. */
  readonly why: 'deleted' | 'unknown' | 'elsewhere';
  /** Volumes that its disks are named after. */
  readonly volumeIds: readonly number[];
}

/** @param liveIds servers of the cluster as they were before it was read */
export function orphanCandidates(
  instances: readonly Instance[],
  liveIds: ReadonlySet<number>,
  naming: Naming,
): number[] {
  return instances
    .map(({ name }) => naming.serverId(name))
    .filter((id) => id !== null)
    .filter((id) => !liveIds.has(id));
}

/** @param rows what the database has of the candidates */
export function compareOrphans(
  cluster: {
    readonly backendId: number;
    readonly instances: readonly Instance[];
    readonly liveIds: ReadonlySet<number>;
  },
  rows: readonly OrphanRow[],
  naming: Naming,
): Orphan[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const orphans: Orphan[] = [];
  for (const instance of cluster.instances) {
    const serverId = naming.serverId(instance.name);
    if (serverId === null || cluster.liveIds.has(serverId)) continue;
    const why = whyOrphan(byId.get(serverId), cluster.backendId);
    if (why === null) continue;
    const volumeIds = instance['disk.names']
      .map((name) => (name === null ? null : naming.volumeId(name)))
      .filter((id) => id !== null);
    orphans.push({ serverId, instanceName: instance.name, why, volumeIds });
  }
  return orphans;
}

function whyOrphan(row: OrphanRow | undefined, backendId: number): Orphan['why'] | null {
  if (row === undefined) return 'unknown';
  if (row.isBusy) return null;
  if (row.isDeleted) return row.wasDeleted ? 'deleted' : null;
  // A server of this cluster that is not among the live ones is newer than the reading.
  return row.backendId === backendId ? null : 'elsewhere';
}
