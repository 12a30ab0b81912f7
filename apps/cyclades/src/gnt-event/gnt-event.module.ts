import { Module } from '@nestjs/common';
import { EffectModule } from '../effect/effect.module.js';
import { ApplyGntEvent } from './apply-gnt-event.js';
import { GntEventProcessor } from './gnt-event.processor.js';

@Module({ imports: [EffectModule], providers: [ApplyGntEvent, GntEventProcessor] })
export class GntEventModule {}
