import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { commissionQueue, Commissions } from '@synnefo/commission';
import { DataSource } from '@synnefo/database';
import { QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { BackendService } from '../backend/backend.service.js';
import { LOGGER } from '../core/tokens.js';
import { ReconcileEffects } from './reconcile-effects.js';
import { ReconcileServers } from './reconcile-servers.js';
import { backendRefreshQueue, reconcileQueue } from './reconcile.queue.js';

const RECONCILE_EVERY_MS = 10_000;
const REFRESH_EVERY_MS = 60_000;
/** A commission that no row knows for so long belongs to a request that died. */
const ABANDONED_MS = 30_000;

@Injectable()
export class ReconcileProcessor implements OnApplicationBootstrap {
  constructor(
    private readonly queues: QueueBackend,
    private readonly commissions: Commissions,
    private readonly reconcileEffects: ReconcileEffects,
    private readonly reconcileServers: ReconcileServers,
    private readonly backends: BackendService,
    private readonly dataSource: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.consume(commissionQueue('cyclades'), async () => void (await this.commissions.resolveNow()), {
      concurrency: 1,
    });
    this.queues.consume(reconcileQueue, () => this.reconcile(), { concurrency: 1 });
    this.queues.consume(backendRefreshQueue, () => this.backends.refreshAll(), { concurrency: 1 });
    this.queues.schedule(reconcileQueue, {}, { everyMs: RECONCILE_EVERY_MS });
    this.queues.schedule(backendRefreshQueue, {}, { everyMs: REFRESH_EVERY_MS });
  }

  /** One round; each part is tried though another fails. */
  async reconcile(): Promise<void> {
    const parts: Record<string, () => Promise<unknown>> = {
      effects: () => this.reconcileEffects.run(),
      servers: () => this.reconcileServers.run(),
      commissions: () => this.commissions.reconcile({ olderThanMs: ABANDONED_MS }),
      events: () =>
        this.dataSource.query(`DELETE FROM gnt_event WHERE applied_at < now() - interval '7 days'`),
    };
    for (const [what, part] of Object.entries(parts)) {
      await part().catch((err: unknown) =>
        this.logger.warn({ err, what }, 'not reconciled, will be tried again'),
      );
    }
  }
}
