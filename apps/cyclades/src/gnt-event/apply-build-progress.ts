import { Injectable } from '@nestjs/common';
import { DataSource, transaction } from '@synnefo/database';
import { Naming } from '../installation/naming.js';
import type { BuildProgress } from './gnt-event.queue.js';

/** Writes down how a server's installation goes. Source: compute spec 3.8.7. */
@Injectable()
export class ApplyBuildProgress {
  constructor(
    private readonly dataSource: DataSource,
    private readonly naming: Naming,
  ) {}

  async apply({ backendId, objectName, eventTime, progress }: BuildProgress): Promise<void> {
    const serverId = this.naming.serverId(objectName);
    if (serverId === null) return;
    if (progress.what === 'copied') {
      await this.dataSource.query(COPIED, [serverId, progress.percent, backendId]);
      return;
    }
    const { level, source, message, details } = progress;
    const [s, us] = eventTime;
    const values = [serverId, level, source, s + us / 1e6, message, details, backendId];
    await transaction(this.dataSource, async (tx) => {
      const added: unknown[] = await tx.query(DIAGNOSTIC, values);
      if (added.length > 0) await tx.query('UPDATE server SET updated_at = now() WHERE id = $1', [serverId]);
    });
  }
}

/** Forward only: messages may overtake each other. */
const COPIED = `
UPDATE server SET build_percentage = $2, updated_at = now()
 WHERE id = $1 AND backend_id = $3 AND NOT is_deleted AND operstate = 'BUILD' AND build_percentage < $2`;

const DIAGNOSTIC = `
INSERT INTO server_diagnostic (server_id, level, source, source_date, message, details)
SELECT id, $2, $3, to_timestamp($4), $5, $6 FROM server WHERE id = $1 AND backend_id = $7 AND NOT is_deleted
ON CONFLICT (server_id, source_date, source) DO NOTHING RETURNING id`;
