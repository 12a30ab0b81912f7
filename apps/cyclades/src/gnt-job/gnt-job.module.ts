import { Module } from '@nestjs/common';
import { EffectModule } from '../effect/effect.module.js';
import { JobFollower } from './job-follower.js';

@Module({ imports: [EffectModule], providers: [JobFollower] })
export class GntJobModule {}
