import { type DynamicModule, Module } from '@nestjs/common';
import { AstakosClient } from '@synnefo/astakos-client';
import { Commissions, commissionQueue } from '@synnefo/commission';
import { DataSource } from '@synnefo/database';
import { QueueBackend } from '@synnefo/queue';
import type { Logger } from '@synnefo/runtime';
import { BackendPool } from '../backend/backend-pool.js';
import type { CycladesConfig } from '../config.js';
import { EffectHandlers } from '../effect/effect-handlers.js';
import { Effects } from '../effect/effects.js';
import { Naming } from '../installation/naming.js';
import { PithosClient } from '../pithos-client/pithos-client.js';
import { CONFIG, LOGGER } from './tokens.js';

/** What a process opens before it builds its modules, and closes after them. */
export interface CoreParts {
  readonly config: CycladesConfig;
  readonly logger: Logger;
  readonly dataSource: DataSource;
  readonly queues: QueueBackend;
  readonly astakos: AstakosClient;
  readonly pithos: PithosClient;
  readonly naming: Naming;
}

/** Global: configuration, database, queues, neighbours, and the effect table. Both processes use it. */
@Module({})
export class CoreModule {
  static forRoot(parts: CoreParts): DynamicModule {
    const { dataSource, astakos, logger } = parts;
    const producer = parts.queues.producer(commissionQueue('cyclades'));
    const commissions = new Commissions({ dataSource, astakos, logger, producer });
    const providers = [
      { provide: CONFIG, useValue: parts.config },
      { provide: LOGGER, useValue: logger },
      { provide: DataSource, useValue: dataSource },
      { provide: QueueBackend, useValue: parts.queues },
      { provide: AstakosClient, useValue: astakos },
      { provide: PithosClient, useValue: parts.pithos },
      { provide: Naming, useValue: parts.naming },
      { provide: Commissions, useValue: commissions },
      BackendPool,
      EffectHandlers,
      Effects,
    ];
    return { module: CoreModule, global: true, providers, exports: providers };
  }
}
