import { Inject, Injectable } from '@nestjs/common';
import { Commissions, provisionsFor } from '@synnefo/commission';
import { DataSource } from '@synnefo/database';
import type { Logger } from '@synnefo/runtime';
import type { ProjectUuid, UserUuid } from '@synnefo/units';
import { LOGGER } from '../core/tokens.js';
import { runningDeltas } from '../server/server-quota.js';

interface Mischarged {
  readonly id: number;
  readonly user_uuid: UserUuid;
  readonly project: ProjectUuid;
  readonly charges_running: boolean;
  readonly cpu: number;
  readonly ram_mib: number;
}

/** No task, no open effect, and yet not as it should be: a server in BUILD, or a task whose effect is over. */
const STUCK_BUILDS = `
UPDATE server SET operstate = 'ERROR', task = NULL, task_effect_id = NULL, fault_message = 'The creation was lost.', faulted_at = now(), updated_at = now()
 WHERE operstate = 'BUILD' AND NOT is_deleted AND created_at < now() - interval '30 seconds'
   AND NOT EXISTS (SELECT 1 FROM effect WHERE object_type = 'server' AND object_id = server.id::text AND finished_at IS NULL)
RETURNING id`;

const STUCK_TASKS = `
UPDATE server SET task = NULL, task_effect_id = NULL, updated_at = now()
 WHERE task IS NOT NULL AND EXISTS (SELECT 1 FROM effect WHERE effect.id = server.task_effect_id AND finished_at IS NOT NULL)
RETURNING id`;

/** Servers whose state changed without a commission of theirs, as when a stop was overtaken by a delete that failed. */
const MISCHARGED = `
SELECT server.id, user_uuid, project, charges_running, cpu, ram_mib FROM server JOIN flavor ON flavor.id = flavor_id
 WHERE NOT server.is_deleted AND task IS NULL AND charges_running <> (operstate IN ('STARTED', 'BUILD', 'ERROR'))
 ORDER BY server.id LIMIT 100`;

/** Repairs servers that nothing will change any more by itself. */
@Injectable()
export class ReconcileServers {
  constructor(
    private readonly dataSource: DataSource,
    private readonly commissions: Commissions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    for (const statement of [STUCK_BUILDS, STUCK_TASKS]) {
      const [rows]: [{ id: number }[], number] = await this.dataSource.query(statement);
      for (const { id } of rows) this.logger.warn({ serverId: id }, 'stuck server repaired');
    }
    const mischarged: Mischarged[] = await this.dataSource.query(MISCHARGED);
    for (const server of mischarged) await this.#charge(server);
  }

  async #charge(server: Mischarged): Promise<void> {
    const deltas = runningDeltas(
      { cpu: server.cpu, ramMib: server.ram_mib },
      server.charges_running ? -1n : 1n,
    );
    const provisions = provisionsFor(server.user_uuid, server.project, deltas);
    await this.commissions.withCommission(
      { name: `server ${server.id}: state changed`, provisions, force: true },
      async (tx) => {
        const [, changed]: [unknown, number] = await tx.query(
          'UPDATE server SET charges_running = $2 WHERE id = $1 AND charges_running = $3 AND task IS NULL AND NOT is_deleted',
          [server.id, !server.charges_running, server.charges_running],
        );
        if (changed === 0) throw new Error(`server ${server.id} was charged by somebody else`);
      },
    );
    this.logger.warn({ serverId: server.id }, 'charge of a server corrected');
  }
}
