import { Module } from '@nestjs/common';
import { BackendModule } from '../backend/backend.module.js';
import { EffectModule } from '../effect/effect.module.js';
import { ReconcileEffects } from './reconcile-effects.js';
import { ReconcileProcessor } from './reconcile.processor.js';
import { ReconcileServers } from './reconcile-servers.js';

@Module({
  imports: [BackendModule, EffectModule],
  providers: [ReconcileEffects, ReconcileProcessor, ReconcileServers],
})
export class ReconcileModule {}
