import { Module } from '@nestjs/common';
import { EffectModule } from '../effect/effect.module.js';
import { ApplyBuildProgress } from './apply-build-progress.js';
import { ApplyGntEvent } from './apply-gnt-event.js';
import { GntEventProcessor } from './gnt-event.processor.js';
import { JobOutcome } from './job-outcome.js';

@Module({
  imports: [EffectModule],
  providers: [ApplyBuildProgress, ApplyGntEvent, GntEventProcessor, JobOutcome],
})
export class GntEventModule {}
