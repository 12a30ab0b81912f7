/**
 * Compares servers with the instances of a cluster. The rows are read first, the cluster after them; what differs is looked at once more, alone, before it
 * is repaired, and only when no job of the instance is under way, ours or anybody's.
 */
import { Injectable } from '@nestjs/common';
import { isFinal, type RapiClient } from '@synnefo/ganeti-rapi';
import type { BackendEntity } from '../backend/backend.entity.js';
import { BackendPool } from '../backend/backend-pool.js';
import { Naming } from '../installation/naming.js';
import { compareOrphans, type Orphan, orphanCandidates } from './compare-orphans.js';
import {
  compareRow,
  compareServer,
  type ServerDifference,
  type ServerDifferenceKind,
} from './compare-server.js';
import { RepairOrphan } from './repair-orphan.js';
import { RepairServer, type RepairOptions } from './repair-server.js';
import { ServerRows } from './server-rows.js';

/** What nobody has to be asked for. */
export const SAFE_REPAIRS: readonly ServerDifferenceKind[] = ['stale', 'build', 'state', 'charge', 'task'];

export interface ComparedCluster {
  /** How many servers were compared. */
  readonly servers: number;
  readonly differences: readonly ServerDifference[];
  readonly orphans: readonly Orphan[];
}

export interface ServerRepairs extends RepairOptions {
  readonly kinds: readonly ServerDifferenceKind[];
}

export interface RepairResult {
  readonly difference: ServerDifference;
  readonly isRepaired: boolean;
}

const BY_ITSELF: ServerRepairs = { kinds: SAFE_REPAIRS, stale: 'keep' };
const SUSPECTS = 100;

@Injectable()
export class ReconcileServers {
  constructor(
    private readonly rows: ServerRows,
    private readonly backends: BackendPool,
    private readonly naming: Naming,
    private readonly servers: RepairServer,
    private readonly orphans: RepairOrphan,
  ) {}

  /** Repairs tasks that are over and charges that do not fit the state: no cluster has to be asked. */
  async run(): Promise<void> {
    for (const row of await this.rows.suspects(SUSPECTS)) {
      const [difference] = compareRow(row);
      if (difference !== undefined) await this.servers.repair(difference, { row, instance: null }, BY_ITSELF);
    }
  }

  /** @throws what RAPI throws */
  async compare(backend: BackendEntity): Promise<ComparedCluster> {
    const readAt = await this.rows.now();
    const rows = await this.rows.ofBackend(backend.id);
    const instances = await this.backends.clientOf(backend).instances();
    const byName = new Map(instances.map((instance) => [instance.name, instance]));
    const differences = rows.flatMap((row) =>
      compareServer(row, byName.get(this.naming.server(row.id)) ?? null, this.naming),
    );
    const liveIds = new Set(rows.map(({ id }) => id));
    const candidates = orphanCandidates(instances, liveIds, this.naming);
    const known = candidates.length === 0 ? [] : await this.rows.candidates(candidates, readAt);
    const cluster = { backendId: backend.id, instances, liveIds };
    return { servers: rows.length, differences, orphans: compareOrphans(cluster, known, this.naming) };
  }

  /** Compares one server with its instance now, and repairs what differs; each repair after a look of its own. @throws what RAPI throws */
  async runOne(serverId: number, repairs: ServerRepairs = BY_ITSELF): Promise<RepairResult[]> {
    const results: RepairResult[] = [];
    for (const kind of repairs.kinds) {
      const row = await this.rows.find(serverId);
      if (row === null || row.isBusy) break;
      const rapi = await this.backends.client(row.backendId);
      const name = this.naming.server(serverId);
      const instance = await rapi.findInstance(name);
      const differences = compareServer(row, instance, this.naming);
      if (differences.length === 0 || (await hasOpenJob(rapi, name))) break;
      const difference = differences.find((one) => one.kind === kind);
      if (difference === undefined) continue;
      const isRepaired = await this.servers.repair(difference, { row, instance }, repairs);
      results.push({ difference, isRepaired });
    }
    return results;
  }

  /** Deletes an instance that no server stands for. @param once only if it was not tried before */
  removeOrphan(orphan: Orphan, backendId: number, once: boolean): Promise<boolean> {
    return this.orphans.repair(orphan, backendId, { once });
  }
}

async function hasOpenJob(rapi: RapiClient, instanceName: string): Promise<boolean> {
  const jobs = await rapi.jobs();
  return jobs.some((job) => !isFinal(job.status) && job.ops.some((op) => op.instance_name === instanceName));
}
