/** Our volumes beside the maps of the store. Rows are read first, the store after them. Source: compute spec 4.5. Pure. */
import { GIB } from '@synnefo/units';
import type { Naming } from '../installation/naming.js';
import type { VolumeStatus } from '../volume/volume.entity.js';

export type VolumeDifferenceKind =
  /** The store has a map of its name, and there is no such volume: it was deleted, or never was. */
  | 'orphan'
  /** It has data, says its row, and the store has no map of its name. */
  | 'missing'
  /** On its way to another status, with nothing that would bring it there. */
  | 'stuck'
  /** The map is smaller or larger than the row says. */
  | 'size';

export interface VolumeDifference {
  readonly kind: VolumeDifferenceKind;
  readonly volumeId: number;
  readonly here: string;
  readonly there: string;
}

export interface StoredVolume {
  readonly id: number;
  /** Changes with every write of the row. */
  readonly version: string;
  readonly status: VolumeStatus;
  readonly hasData: boolean;
  readonly sizeGib: number;
  readonly isDeleted: boolean;
  /** Deleted well before the store was read. */
  readonly wasDeleted: boolean;
  /** An effect of it, of its server, or of a snapshot of it is open, or its row has just been written. */
  readonly isBusy: boolean;
}

export interface VolumeMap {
  readonly name: string;
  readonly sizeBytes: number;
}

const PASSING: readonly VolumeStatus[] = ['CREATING', 'ATTACHING', 'DETACHING', 'DELETING'];

/** @param rows all live volumes as they were before the store was read, and what is known of others that the store has */
export function compareVolumes(
  rows: readonly StoredVolume[],
  maps: readonly VolumeMap[],
  naming: Naming,
): VolumeDifference[] {
  const byId = new Map<number, VolumeMap>();
  for (const map of maps) {
    const id = naming.volumeId(map.name);
    if (id !== null) byId.set(id, map);
  }
  const known = new Map(rows.map((row) => [row.id, row]));
  const live = rows.filter((row) => !row.isDeleted && !row.isBusy);
  const orphans = [...byId].flatMap(([volumeId, { name }]): VolumeDifference[] => {
    const row = known.get(volumeId);
    if (row !== undefined && (row.isBusy || !row.wasDeleted)) return [];
    return [{ kind: 'orphan', volumeId, here: row === undefined ? 'unknown' : 'deleted', there: name }];
  });
  return [...live.flatMap((row) => compareVolume(row, byId.get(row.id))), ...orphans];
}

function compareVolume(row: StoredVolume, map: VolumeMap | undefined): VolumeDifference[] {
  const there = map === undefined ? 'no map' : `${map.sizeBytes / GIB} GiB`;
  if (PASSING.includes(row.status)) return [{ kind: 'stuck', volumeId: row.id, here: row.status, there }];
  if (map === undefined) {
    const isMissing = row.hasData && row.status !== 'ERROR';
    return isMissing ? [{ kind: 'missing', volumeId: row.id, here: row.status, there }] : [];
  }
  if (map.sizeBytes === row.sizeGib * GIB) return [];
  return [{ kind: 'size', volumeId: row.id, here: `${row.sizeGib} GiB`, there }];
}
