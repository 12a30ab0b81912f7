import { Injectable } from '@nestjs/common';
import { provisionsFor } from '@synnefo/commission';
import { GIB, type ProjectUuid, type UserUuid } from '@synnefo/units';
import { Naming } from '../installation/naming.js';
import { VolumeEntity } from '../volume/volume.entity.js';
import { disksOf } from './compare-disks.js';
import type { VolumeRow } from './compared-rows.js';
import type { Found, RepairPlan } from './repair-plan.js';

/**
 * Brings the volumes of a server in line with the disks of its instance (compute spec 3.8.5): a disk that is gone ends its volume, another size or place is
 * taken over, and the charge follows. A disk that is none of ours is left alone, and then volumes that seem to be gone are too: it may be one of them.
 */
@Injectable()
export class FixDisks {
  constructor(private readonly naming: Naming) {}

  plan({ row, instance }: Found): RepairPlan | null {
    if (instance === null) return null;
    const disks = disksOf(instance, this.naming);
    const isForeign = disks.some(({ volumeId }) => !row.volumes.some(({ id }) => id === volumeId));
    const gone = isForeign
      ? []
      : row.volumes.filter(({ id }) => !disks.some(({ volumeId }) => volumeId === id));
    const kept = row.volumes.flatMap((volume) => {
      const disk = disks.find(({ volumeId }) => volumeId === volume.id);
      const sizeGib = disk?.sizeGib ?? volume.sizeGib;
      const isSame = disk === undefined || (disk.index === volume.index && sizeGib === volume.sizeGib);
      return isSame ? [] : [{ volume, index: disk.index, sizeGib }];
    });
    if (gone.length + kept.length === 0) return null;
    const provision = (volume: VolumeRow, gib: number) =>
      provisionsFor(row.userUuid as UserUuid, volume.project as ProjectUuid, {
        'cyclades.disk': BigInt(gib) * BigInt(GIB),
      }); // written from principals only
    return {
      provisions: [
        ...gone.flatMap((volume) => provision(volume, -volume.sizeGib)),
        ...kept.flatMap(({ volume, sizeGib }) => provision(volume, sizeGib - volume.sizeGib)),
      ],
      apply: async (tx) => {
        const updatedAt = () => 'now()';
        for (const { id } of gone) {
          const deleted = {
            status: 'DELETED',
            isDeleted: true,
            serverId: null,
            deletedAt: updatedAt,
          } as const;
          await tx.update(VolumeEntity, { id }, { ...deleted, updatedAt });
        }
        for (const { volume, index, sizeGib } of kept)
          await tx.update(VolumeEntity, { id: volume.id }, { index, sizeGib, status: 'IN_USE', updatedAt });
      },
    };
  }
}
