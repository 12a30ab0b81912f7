import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@synnefo/database';
import { Naming } from '../installation/naming.js';
import { allocateAddress } from '../port/allocate-address.js';
import { IpAddressEntity, PortEntity } from '../port/port.entity.js';
import { isSameNic, type Nic, nicsOf } from './compare-nics.js';
import type { PortRow } from './compared-rows.js';
import type { Found, RepairPlan } from './repair-plan.js';

/**
 * Brings the ports of a server in line with the NICs of its instance (compute spec 3.8.4): a NIC that is gone ends its port, another MAC, place, network or
 * address is taken over. A NIC that is none of ours is left alone; one on a network that is none of ours stops the whole.
 */
@Injectable()
export class FixNics {
  constructor(private readonly naming: Naming) {}

  plan({ row, instance }: Found): RepairPlan | null {
    if (instance === null) return null;
    const nics = nicsOf(instance, this.naming);
    if (nics.some(({ networkId }) => networkId === null)) return null;
    const gone = row.ports.filter(({ id, isYoung }) => !isYoung && !nics.some(({ portId }) => portId === id));
    const changed = row.ports.flatMap((port) => {
      const nic = nics.find(({ portId }) => portId === port.id);
      return nic === undefined || isSameNic(port, nic) ? [] : [{ port, nic }];
    });
    if (gone.length + changed.length === 0) return null;
    return {
      provisions: [],
      apply: async (tx) => {
        for (const { id } of gone) {
          await releaseAddress(tx, id);
          await tx.delete(PortEntity, { id });
        }
        // Two may have changed places: no MAC is in the way of another.
        for (const { port } of changed) await tx.update(PortEntity, { id: port.id }, { mac: null });
        for (const { port, nic } of changed) await takeOver(tx, port, nic);
      },
    };
  }
}

async function takeOver(tx: EntityManager, port: PortRow, nic: Nic): Promise<void> {
  const hasMoved = nic.networkId !== port.networkId || nic.ipv4 !== port.ipv4;
  if (hasMoved) await releaseAddress(tx, port.id);
  await tx.update(
    PortEntity,
    { id: port.id },
    {
      mac: nic.mac,
      index: nic.index,
      networkId: nic.networkId ?? port.networkId,
      state: 'ACTIVE',
      updatedAt: () => 'now()',
    },
  );
  if (!hasMoved || nic.ipv4 === null) return;
  await tx.query('SELECT 1 FROM network WHERE id = $1 FOR UPDATE', [nic.networkId]);
  await allocateAddress(tx, await tx.findOneByOrFail(PortEntity, { id: port.id }), nic.ipv4);
}

/** Ordinary addresses are free again, floating ones are kept. */
async function releaseAddress(tx: EntityManager, portId: number): Promise<void> {
  await tx.update(IpAddressEntity, { portId, isFloating: true }, { portId: null, updatedAt: () => 'now()' });
  await tx.delete(IpAddressEntity, { portId, isFloating: false });
}
