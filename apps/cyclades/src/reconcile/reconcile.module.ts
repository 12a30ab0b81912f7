import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { EffectModule } from '../effect/effect.module.js';
import { GntJobModule } from '../gnt-job/gnt-job.module.js';
import { NetworkModule } from '../network/network.module.js';
import { ServerModule } from '../server/server.module.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { ClusterProcessor } from './cluster.processor.js';
import { FixDisks } from './fix-disks.js';
import { FixFlavor } from './fix-flavor.js';
import { FixNics } from './fix-nics.js';
import { ReconcileJobs } from './reconcile-jobs.js';
import { NetworkRows } from './network-rows.js';
import { OrphanEffects } from './orphan-effects.js';
import { ReconcileClusters } from './reconcile-clusters.js';
import { ReconcileEffects } from './reconcile-effects.js';
import { ReconcileNetworks } from './reconcile-networks.js';
import { RepairNetwork } from './repair-network.js';
import { ReconcileProcessor } from './reconcile.processor.js';
import { ReconcileServers } from './reconcile-servers.js';
import { ReconcileVolumes } from './reconcile-volumes.js';
import { RepairOrphan } from './repair-orphan.js';
import { RepairServer } from './repair-server.js';
import { ServerRows } from './server-rows.js';
import { VolumeRows } from './volume-rows.js';

@Module({
  imports: [BackendModule, EffectModule, GntJobModule, NetworkModule, ServerModule, SnapshotModule],
  providers: [
    ClusterProcessor,
    NetworkRows,
    OrphanEffects,
    ReconcileJobs,
    ReconcileNetworks,
    RepairNetwork,
    FixDisks,
    FixFlavor,
    FixNics,
    ReconcileClusters,
    ReconcileEffects,
    ReconcileProcessor,
    ReconcileServers,
    RepairOrphan,
    RepairServer,
    ReconcileVolumes,
    ServerRows,
    VolumeRows,
  ],
})
export class ReconcileModule {}
