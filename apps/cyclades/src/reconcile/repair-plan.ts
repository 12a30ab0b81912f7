import type { Provision } from '@synnefo/astakos-client';
import type { EntityManager } from '@synnefo/database';
import type { Instance } from '@synnefo/ganeti-rapi';
import type { ServerEntity } from '../server/server.entity.js';
import type { ServerRow } from './compared-rows.js';

/** One server as it was read, and its instance as it was read after that. */
export interface Found {
  readonly row: ServerRow;
  readonly instance: Instance | null;
}

/** What a repair costs, and what it changes under the lock of the server's row, which is as it was read. */
export interface RepairPlan {
  readonly provisions: Provision[];
  readonly apply: (tx: EntityManager, server: ServerEntity) => Promise<void>;
}
