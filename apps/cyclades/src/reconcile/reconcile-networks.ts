import { Injectable } from '@nestjs/common';
import type { BackendEntity } from '../backend/backend.entity.js';
import { BackendPool } from '../backend/backend-pool.js';
import { Naming } from '../installation/naming.js';
import { compareNetworks, type NetworkDifference, type NetworkDifferenceKind } from './compare-networks.js';
import { NetworkRows } from './network-rows.js';
import { RepairNetwork } from './repair-network.js';
import { ServerRows } from './server-rows.js';

/** What nobody has to be asked for; what a cluster lacks comes with the next server that needs it. */
const SAFE_NETWORK_REPAIRS: readonly NetworkDifferenceKind[] = ['unknown', 'inactive', 'gone', 'orphan'];

export interface NetworkRepairs {
  readonly kinds: readonly NetworkDifferenceKind[];
  /** Orphans: only those of deleted networks, and each once. */
  readonly isCautious: boolean;
}

export const NETWORKS_BY_THEMSELVES: NetworkRepairs = { kinds: SAFE_NETWORK_REPAIRS, isCautious: true };

/** Compares networks with those of a cluster, rows first. */
@Injectable()
export class ReconcileNetworks {
  constructor(
    private readonly times: ServerRows,
    private readonly rows: NetworkRows,
    private readonly backends: BackendPool,
    private readonly naming: Naming,
    private readonly networks: RepairNetwork,
  ) {}

  /** @throws what RAPI throws */
  async compare(backend: BackendEntity): Promise<NetworkDifference[]> {
    return (await this.#look(backend)).differences;
  }

  /** One network, by itself. @throws what RAPI throws */
  async runOne(backend: BackendEntity, networkId: number): Promise<void> {
    const found = (await this.compare(backend)).filter((difference) => difference.networkId === networkId);
    await this.repair(backend, found, NETWORKS_BY_THEMSELVES);
  }

  /** Looks again, and repairs what was found before and is still so. @returns what is mended, or on its way */
  async repair(
    backend: BackendEntity,
    found: readonly NetworkDifference[],
    { kinds, isCautious }: NetworkRepairs,
  ): Promise<NetworkDifference[]> {
    const keys = new Set(found.filter(({ kind }) => kinds.includes(kind)).map(keyOfNetwork));
    if (keys.size === 0) return [];
    const { differences, rows } = await this.#look(backend);
    const repaired: NetworkDifference[] = [];
    for (const difference of differences.filter((one) => keys.has(keyOfNetwork(one)))) {
      if (isCautious && difference.kind === 'orphan' && difference.here !== 'deleted') continue;
      const row = rows.find(({ id }) => id === difference.networkId);
      if (await this.networks.repair(difference, row, { backend, once: isCautious }))
        repaired.push(difference);
    }
    return repaired;
  }

  async #look(backend: BackendEntity) {
    const readAt = await this.times.now();
    const live = await this.rows.live(readAt);
    const rapi = this.backends.clientOf(backend);
    const networks = await rapi.networks();
    const groups = (await rapi.groups()).map(({ name }) => name);
    const liveIds = new Set(live.map(({ id }) => id));
    const others = networks
      .map(({ name }) => this.naming.networkId(name))
      .filter((id) => id !== null)
      .filter((id) => !liveIds.has(id));
    const rows = others.length === 0 ? live : [...live, ...(await this.rows.some(others, readAt))];
    const cluster = { backendId: backend.id, networks, groups };
    return { differences: compareNetworks(rows, cluster, this.naming), rows };
  }
}

export function keyOfNetwork({ kind, networkId, here, there }: NetworkDifference): string {
  return [kind, networkId, here, there].join('|');
}
