/** A server's volumes beside the disks of its instance. Source: compute spec 3.8.5. Pure. */
import type { Instance } from '@synnefo/ganeti-rapi';
import type { Naming } from '../installation/naming.js';
import type { VolumeRow } from './compared-rows.js';

/** A disk of an instance. */
export interface Disk {
  readonly index: number;
  /** Null for a name that is not one of ours. */
  readonly volumeId: number | null;
  /** Null when the cluster does not say. */
  readonly sizeGib: number | null;
}

export function disksOf(instance: Instance, naming: Naming): Disk[] {
  return instance['disk.sizes'].map((sizeMib, index) => {
    const name = instance['disk.names'][index] ?? null;
    return {
      index,
      volumeId: name === null ? null : naming.volumeId(name),
      sizeGib: sizeMib === null ? null : Math.floor(sizeMib / 1024),
    };
  });
}

/** @returns null when they are the same */
export function compareDisks(
  volumes: readonly VolumeRow[],
  instance: Instance,
  naming: Naming,
): { here: string; there: string } | null {
  const disks = disksOf(instance, naming);
  const sizes = new Map(volumes.map((volume) => [volume.id, volume.sizeGib]));
  const here = volumes.map((volume) => words(volume.index, volume.id, volume.sizeGib)).sort();
  const there = disks
    .map((disk) => words(disk.index, disk.volumeId, disk.sizeGib ?? sizes.get(disk.volumeId ?? 0) ?? null))
    .sort();
  const isSame = here.length === there.length && here.every((text, i) => text === there[i]);
  return isSame ? null : { here: here.join('; ') || 'none', there: there.join('; ') || 'none' };
}

function words(index: number | null, volumeId: number | null, sizeGib: number | null): string {
  return `${index ?? '?'}: ${volumeId === null ? 'foreign' : `volume ${volumeId}`} ${sizeGib ?? '?'} GiB`;
}
