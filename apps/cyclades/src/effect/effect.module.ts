import { Module } from '@nestjs/common';
import { EffectEnd } from './effect-end.js';
import { EffectProcessor } from './effect.processor.js';
import { EffectRepository } from './effect.repository.js';
import { EffectRunner } from './effect-runner.js';

@Module({
  providers: [EffectEnd, EffectProcessor, EffectRepository, EffectRunner],
  exports: [EffectEnd, EffectRepository],
})
export class EffectModule {}
