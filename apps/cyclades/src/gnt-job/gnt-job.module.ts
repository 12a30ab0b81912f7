import { Module } from '@nestjs/common';
import { EffectModule } from '../effect/effect.module.js';
import { EndedJobs } from './ended-jobs.js';
import { FollowObject } from './follow-object.js';
import { GntWakeUpProcessor } from './gnt-wake-up.processor.js';
import { JobFollower } from './job-follower.js';
import { OpenJobs } from './open-jobs.js';

@Module({
  imports: [EffectModule],
  providers: [EndedJobs, FollowObject, GntWakeUpProcessor, JobFollower, OpenJobs],
  exports: [EndedJobs, OpenJobs],
})
export class GntJobModule {}
