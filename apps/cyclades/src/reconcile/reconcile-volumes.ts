/**
 * Compares volumes with the maps of the store, rows first. A map is removed only when every cluster says that no instance has a disk of its name; the store
 * itself refuses while somebody has it open.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@synnefo/runtime';
import { BackendPool } from '../backend/backend-pool.js';
import { BackendService } from '../backend/backend.service.js';
import { LOGGER } from '../core/tokens.js';
import { Naming } from '../installation/naming.js';
import { VolumeSealer } from '../snapshot/volume-sealer.js';
import {
  compareVolumes,
  type StoredVolume,
  type VolumeDifference,
  type VolumeDifferenceKind,
  type VolumeMap,
} from './compare-volumes.js';
import { Sightings } from './sightings.js';
import { VolumeRows } from './volume-rows.js';

/** A round that is older is not the one before. */
const SIGHTING_MS = 10 * 60_000;
const REMOVALS_PER_ROUND = 50;

interface Look {
  readonly differences: readonly VolumeDifference[];
  readonly rows: ReadonlyMap<number, StoredVolume>;
}

@Injectable()
export class ReconcileVolumes {
  readonly #orphans = new Sightings(SIGHTING_MS);

  constructor(
    private readonly rows: VolumeRows,
    private readonly store: VolumeSealer,
    private readonly backends: BackendService,
    private readonly pool: BackendPool,
    private readonly naming: Naming,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A round of the worker: removes the maps of deleted volumes, when they were seen in the round before as well. */
  async run(): Promise<void> {
    const isLeft = ({ kind, here }: VolumeDifference) => kind === 'orphan' && here === 'deleted';
    const left = (await this.compare()).filter(isLeft);
    const confirmed = this.#orphans.confirm(left, keyOfVolume).slice(0, REMOVALS_PER_ROUND);
    await this.repair(confirmed, ['orphan']);
  }

  async compare(): Promise<VolumeDifference[]> {
    return [...(await this.#look()).differences];
  }

  /** Looks again, and repairs what was found before and is still so. @returns what is mended */
  async repair(
    found: readonly VolumeDifference[],
    kinds: readonly VolumeDifferenceKind[],
  ): Promise<VolumeDifference[]> {
    const keys = new Set(found.filter(({ kind }) => kinds.includes(kind)).map(keyOfVolume));
    if (keys.size === 0) return [];
    const { differences, rows } = await this.#look();
    const attached = await this.#attached();
    const repaired: VolumeDifference[] = [];
    for (const difference of differences.filter((one) => keys.has(keyOfVolume(one)))) {
      const row = rows.get(difference.volumeId);
      if (!(await this.#mend(difference, row, attached))) continue;
      this.logger.warn({ ...difference }, 'difference of a volume repaired');
      repaired.push(difference);
    }
    return repaired;
  }

  async #mend(
    { kind, volumeId, there }: VolumeDifference,
    row: StoredVolume | undefined,
    attached: ReadonlySet<number> | null,
  ): Promise<boolean> {
    if (kind === 'orphan') return this.#remove(volumeId, attached);
    if (row === undefined) return false;
    if (kind === 'missing') return this.rows.settle(row, 'ERROR');
    // What a delete or a detach has left is for its owner to ask for again.
    if (kind !== 'stuck' || row.status !== 'CREATING' || attached === null) return false;
    const isThere = there !== 'no map' && attached.has(volumeId);
    return this.rows.settle(row, isThere ? 'IN_USE' : 'ERROR');
  }

  async #remove(volumeId: number, attached: ReadonlySet<number> | null): Promise<boolean> {
    if (attached === null || attached.has(volumeId)) return false;
    try {
      await this.store.discard(this.naming.volume(volumeId));
      return true;
    } catch (err) {
      this.logger.warn({ err, volumeId }, 'map of a volume not removed');
      return false;
    }
  }

  async #look(): Promise<Look> {
    const live = await this.rows.live();
    const maps: VolumeMap[] = [];
    for await (const map of this.store.maps(`${this.naming.prefix}vol-`)) maps.push(map);
    const liveIds = new Set(live.map(({ id }) => id));
    const others = maps
      .map(({ name }) => this.naming.volumeId(name))
      .filter((id) => id !== null)
      .filter((id) => !liveIds.has(id));
    const rows = others.length === 0 ? live : [...live, ...(await this.rows.some(others))];
    return {
      differences: compareVolumes(rows, maps, this.naming),
      rows: new Map(rows.map((row) => [row.id, row])),
    };
  }

  /** Volumes that disks of instances are named after; null when a cluster does not answer. */
  async #attached(): Promise<Set<number> | null> {
    const ids = new Set<number>();
    for (const backend of await this.backends.list()) {
      if (backend.isOffline) return null;
      const instances = await this.pool
        .clientOf(backend)
        .instances()
        .catch(() => null);
      if (instances === null) return null;
      for (const name of instances.flatMap((instance) => instance['disk.names'])) {
        const id = name === null ? null : this.naming.volumeId(name);
        if (id !== null) ids.add(id);
      }
    }
    return ids;
  }
}

export function keyOfVolume({ kind, volumeId, here }: VolumeDifference): string {
  return [kind, volumeId, here].join('|');
}
