import { Injectable } from '@nestjs/common';
import { provisionsFor } from '@synnefo/commission';
import { DataSource } from '@synnefo/database';
import { MIB, type ProjectUuid, type UserUuid } from '@synnefo/units';
import { ServerEntity } from '../server/server.entity.js';
import type { Found, RepairPlan } from './repair-plan.js';

const FITTING = `
SELECT fitting.id FROM server JOIN flavor own ON own.id = flavor_id
  JOIN flavor fitting ON fitting.disk_gib = own.disk_gib AND fitting.volume_type_id = own.volume_type_id
 WHERE server.id = $1 AND fitting.cpu = $2 AND fitting.ram_mib = $3`;

/** Gives a server the flavor that its instance has, with the charge of a resize (compute spec 3.7). */
@Injectable()
export class FixFlavor {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns null when no flavor fits */
  async plan({ row, instance }: Found): Promise<RepairPlan | null> {
    const cpu = Number(instance?.beparams.vcpus);
    const ramMib = Number(instance?.beparams.maxmem);
    if (!Number.isInteger(cpu) || !Number.isInteger(ramMib)) return null;
    const [flavor]: { id: number }[] = await this.dataSource.query(FITTING, [row.id, cpu, ramMib]);
    if (flavor === undefined) return null;
    const moreCpu = BigInt(cpu - row.cpu);
    const moreRam = BigInt(ramMib - row.ramMib) * BigInt(MIB);
    const deltas = {
      'cyclades.total_cpu': moreCpu,
      'cyclades.total_ram': moreRam,
      ...(row.chargesRunning ? { 'cyclades.cpu': moreCpu, 'cyclades.ram': moreRam } : {}),
    };
    return {
      provisions: provisionsFor(row.userUuid as UserUuid, row.project as ProjectUuid, deltas), // written from principals only
      apply: async (tx) => {
        await tx.update(ServerEntity, { id: row.id }, { flavorId: flavor.id, updatedAt: () => 'now()' });
      },
    };
  }
}
