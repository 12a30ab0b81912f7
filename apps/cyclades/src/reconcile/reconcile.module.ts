import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { EffectModule } from '../effect/effect.module.js';
import { GntJobModule } from '../gnt-job/gnt-job.module.js';
import { ServerModule } from '../server/server.module.js';
import { ClusterProcessor } from './cluster.processor.js';
import { FixDisks } from './fix-disks.js';
import { FixFlavor } from './fix-flavor.js';
import { FixNics } from './fix-nics.js';
import { ReconcileJobs } from './reconcile-jobs.js';
import { ReconcileClusters } from './reconcile-clusters.js';
import { ReconcileEffects } from './reconcile-effects.js';
import { ReconcileProcessor } from './reconcile.processor.js';
import { ReconcileServers } from './reconcile-servers.js';
import { RepairOrphan } from './repair-orphan.js';
import { RepairServer } from './repair-server.js';
import { ServerRows } from './server-rows.js';

@Module({
  imports: [BackendModule, EffectModule, GntJobModule, ServerModule],
  providers: [
    ClusterProcessor,
    ReconcileJobs,
    FixDisks,
    FixFlavor,
    FixNics,
    ReconcileClusters,
    ReconcileEffects,
    ReconcileProcessor,
    ReconcileServers,
    RepairOrphan,
    RepairServer,
    ServerRows,
  ],
})
export class ReconcileModule {}
