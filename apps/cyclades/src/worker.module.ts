import { type DynamicModule, Module } from '@nestjs/common';
import { CoreModule, type CoreParts } from './core/core.module.js';
import { EffectModule } from './effect/effect.module.js';
import { FEATURES } from './features.js';
import { GntEventModule } from './gnt-event/gnt-event.module.js';
import { GntJobModule } from './gnt-job/gnt-job.module.js';
import { ReconcileModule } from './reconcile/reconcile.module.js';
import { SnapshotWorkerModule } from './snapshot/snapshot-worker.module.js';

/** The queue process: effects, messages from Ganeti, periodic repair. */
@Module({})
export class WorkerModule {
  static forRoot(parts: CoreParts): DynamicModule {
    const imports = [
      CoreModule.forRoot(parts),
      EffectModule,
      GntEventModule,
      GntJobModule,
      ReconcileModule,
      SnapshotWorkerModule,
      ...FEATURES,
    ];
    return { module: WorkerModule, imports };
  }
}
