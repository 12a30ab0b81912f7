import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@synnefo/database';
import type { EffectOutcome } from '../effect/effect-handler.js';
import { Naming } from '../installation/naming.js';
import { PortsForServer } from '../port/ports-for-server.js';
import { VolumesForServer } from '../volume/volumes-for-server.js';
import type { ServerChange } from './server-outcome.js';

/** Takes the ports and volumes of a server along with it, in the transaction that changes the server. */
@Injectable()
export class ServerParts {
  constructor(
    private readonly naming: Naming,
    private readonly ports: PortsForServer,
    private readonly volumes: VolumesForServer,
  ) {}

  async change(
    tx: EntityManager,
    serverId: number,
    how: NonNullable<ServerChange['parts']>,
    outcome: EffectOutcome,
  ): Promise<void> {
    switch (how) {
      case 'gone':
        await this.ports.release(tx, serverId);
        await this.volumes.release(tx, serverId);
        return;
      case 'failed':
        await tx.query(`UPDATE port SET state = 'ERROR', updated_at = now() WHERE server_id = $1`, [
          serverId,
        ]);
        await tx.query(
          `UPDATE volume SET status = 'ERROR', updated_at = now() WHERE server_id = $1 AND status = 'CREATING'`,
          [serverId],
        );
        return;
      case 'ready':
        await this.#ready(tx, serverId, outcome);
    }
  }

  async #ready(tx: EntityManager, serverId: number, outcome: EffectOutcome): Promise<void> {
    await tx.query(
      `UPDATE volume SET status = 'IN_USE', has_data = true, updated_at = now() WHERE server_id = $1 AND NOT is_deleted`,
      [serverId],
    );
    await tx.query(`UPDATE port SET state = 'ACTIVE', updated_at = now() WHERE server_id = $1`, [serverId]);
    await tx.query(
      `UPDATE backend_network SET operstate = 'ACTIVE', updated_at = now() FROM server, port
        WHERE server.id = $1 AND port.server_id = server.id AND backend_network.network_id = port.network_id
          AND backend_network.backend_id = server.backend_id AND backend_network.operstate = 'PENDING'`,
      [serverId],
    );
    for (const [index, nic] of (outcome.nics ?? []).entries()) {
      const portId = nic.name === null ? null : this.naming.portId(nic.name);
      if (portId !== null)
        await tx.query('UPDATE port SET mac = $3, "index" = $4 WHERE id = $1 AND server_id = $2', [
          portId,
          serverId,
          nic.mac,
          index,
        ]);
    }
  }
}
